// Remotes that hang, flood or die: each ends in time as a plain fault, and no process of ours is left.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { faultSaying, type GitWorld, openGitWorld, processesNaming } from './git-world.ts';

let world: GitWorld;
const servers: Server[] = [];
before(() => {
  world = openGitWorld();
});
after(() => {
  for (const server of servers) server.close();
  world.end();
});

/** The port of a server that accepts, may say something, and never ends. */
async function silentServer(says: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (says !== '') socket.write(says);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return (server.address() as AddressInfo).port;
}

function fakeSsh(name: string, script: string): string {
  const path = join(world.top, name);
  writeFileSync(path, `#!/bin/bash\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** The seconds a call took. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

async function nothingLeft(): Promise<void> {
  // What was killed is gone once the kernel has reaped it.
  for (let tries = 0; tries < 20 && processesNaming(world.top).length > 0; tries += 1) await pause(50);
  assert.deepEqual(processesNaming(world.top), []);
}

const fast = { lsRemoteSeconds: 0.5, fetchSeconds: 0.5 };

describe('a remote that hangs', () => {
  it('https that accepts and says nothing', async () => {
    const port = await silentServer('');
    const mirror = world.mirror(`https://127.0.0.1:${port}/r.git`, fast);
    const seconds = await timed(() =>
      assert.rejects(mirror.remoteHead(), faultSaying('git-unreachable', /did not answer within 0.5 s/)),
    );
    assert.ok(seconds < 5, String(seconds));
    await assert.rejects(mirror.fetch(), faultSaying('git-unreachable', /did not answer within 0.5 s/));
    await nothingLeft();
  });

  it('a real ssh to a server that says nothing, and to one that stops after its greeting', async () => {
    for (const says of ['', 'SSH-2.0-OpenSSH_9.2\r\n']) {
      const port = await silentServer(says);
      const mirror = world.mirror(`ssh://git@127.0.0.1:${port}/r.git`, fast);
      await assert.rejects(mirror.remoteHead(), faultSaying('git-unreachable', /did not answer within 0.5 s/));
      await assert.rejects(mirror.fetch(), faultSaying('git-unreachable', /did not answer within 0.5 s/));
    }
    await nothingLeft();
  });

  it('an ssh that ignores every polite signal and has children', async () => {
    const script = "trap '' TERM INT HUP PIPE\nsleep 300 &\nexec 3>&1\nwhile :; do sleep 1; done";
    const mirror = world.mirror('git@host.example:r.git', { ...fast, sshProgram: fakeSsh('stubborn', script) });
    const seconds = await timed(() =>
      assert.rejects(mirror.remoteHead(), faultSaying('git-unreachable', /did not answer/)),
    );
    assert.ok(seconds < 6, String(seconds));
    await nothingLeft();
  });

  it('an ssh whose child left the session and holds the pipes: the call still ends', async () => {
    const pidFile = join(world.top, 'escaped.pid');
    const script = `setsid sh -c 'echo $$ > ${pidFile}; exec sleep 300' &\nsleep 300`;
    const mirror = world.mirror('git@host.example:r.git', { ...fast, sshProgram: fakeSsh('escaping', script) });
    const seconds = await timed(() =>
      assert.rejects(mirror.remoteHead(), faultSaying('git-unreachable', /did not answer/)),
    );
    assert.ok(seconds < 6, String(seconds));
    assert.ok(existsSync(pidFile));
    process.kill(Number(readFileSync(pidFile, 'utf8')));
    await nothingLeft();
  });

  it('an ssh that floods', async () => {
    const script = 'while :; do printf "%0100000d" 7 >&2; done';
    const mirror = world.mirror('git@host.example:r.git', {
      lsRemoteSeconds: 30,
      sshProgram: fakeSsh('flood', script),
    });
    const before = process.memoryUsage().rss;
    await assert.rejects(mirror.remoteHead(), faultSaying('git-unreachable', /./));
    assert.ok(process.memoryUsage().rss - before < 200 * 1_048_576);
    await nothingLeft();
  });

  it('an ssh that fails says why', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['echo "git@h: Permission denied (publickey)." >&2; exit 255', /refuses our ssh key/],
      ['echo "Host key verification failed." >&2; exit 255', /host key is not known or has changed/],
      ['echo "ssh: connect to host h port 22: Connection refused" >&2; exit 255', /refuses the connection/],
      ['echo "ssh: Could not resolve hostname h: Name or service not known" >&2; exit 255', /name cannot be resolved/],
      ['kill -9 $$', /cannot be reached/],
      ['echo 0000', /cannot be reached|has no commits/],
      ['exit 0', /cannot be reached/],
    ];
    for (const [n, [script, words]] of cases.entries()) {
      const mirror = world.mirror('git@host.example:r.git', { sshProgram: fakeSsh(`fail-${n}`, script) });
      await assert.rejects(mirror.remoteHead(), (error) => {
        const code = (error as { code: string }).code;
        assert.ok(code === 'git-unreachable' || code === 'no-such-branch', code);
        return faultSaying(code, words)(error);
      });
    }
    const absent = world.mirror('git@host.example:r.git', { sshProgram: join(world.top, 'absent') });
    await assert.rejects(absent.remoteHead(), faultSaying('git-unreachable', /ssh is not installed/));
  });

  it('git itself missing is said plainly', async () => {
    const old = process.env['PATH'];
    process.env['PATH'] = join(world.top, 'nothing');
    try {
      await assert.rejects(
        world.mirror('/r').remoteHead(),
        faultSaying('command-missing', /git is not installed.*apt-get install/),
      );
    } finally {
      process.env['PATH'] = old;
    }
  });

  it('ssh gets its words as they are, whatever the paths are called', async () => {
    const seen = join(world.top, 'seen');
    const sshProgram = fakeSsh("an 'odd' name", `printf '%s\\n' "$@" > ${seen}; exit 1`);
    const key = join(world.top, "a 'b' 100%");
    const knownHosts = join(world.top, 'known hosts');
    for (const file of [key, knownHosts]) writeFileSync(file, '');
    const mirror = world.mirror("git@host.example:it's a $(touch x) repo.git", { sshProgram, key, knownHosts });
    await assert.rejects(mirror.remoteHead());
    const words = readFileSync(seen, 'utf8').split('\n');
    for (const word of [
      'BatchMode=yes',
      'IdentitiesOnly=yes',
      'StrictHostKeyChecking=yes',
      `UserKnownHostsFile="${knownHosts}"`,
      `IdentityFile="${key}%"`,
    ]) {
      assert.ok(words.includes(word), `${word} in ${words.join('|')}`);
    }
    assert.ok(
      words.some((word) => word.startsWith("git-upload-pack 'it'\\''s a $(touch x) repo.git'")),
      words.join('|'),
    );
    for (const key of ['relative', '/a"b', '/a$HOME', '/a\nb']) {
      assert.throws(() => world.mirror('h:r', { key }), faultSaying('git-refused', /repository.key/));
    }
  });
});
