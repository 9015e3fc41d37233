// The Mirror port over https and ssh, against git's own servers.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Mirror } from '../../src/ports.ts';
import { type HttpsServer, serveHttps, serveSsh, type SshServer } from './git-servers.ts';
import { faultSaying, type GitWorld, openGitWorld } from './git-world.ts';

let world: GitWorld;
let https: HttpsServer | null = null;
let ssh: SshServer | null = null;
let folder = '';
before(async () => {
  world = openGitWorld();
  folder = world.repository('served');
  world.commit(folder, { 'host.yaml': 'a: 1\n' });
  https = await serveHttps(world.top);
  ssh = await serveSsh(join(world.top, 'ssh'));
});
after(() => {
  https?.close();
  ssh?.close();
  world.end();
});

async function follows(mirror: Mirror): Promise<void> {
  const head = world.git(folder, 'rev-parse', 'HEAD');
  assert.equal(await mirror.remoteHead(), head);
  assert.equal(await mirror.fetch(), head);
  const next = world.commit(folder, { 'host.yaml': `${Math.random()}\n` });
  assert.equal(await mirror.fetch(), next);
  const text = readFileSync(join(folder, 'host.yaml'), 'utf8');
  assert.equal(Buffer.from((await mirror.read(next, 'h'))[0]?.content ?? []).toString(), text);
}

describe('https', () => {
  const needed = (t: TestContext): HttpsServer | null => {
    if (https === null) t.skip('no openssl here');
    return https;
  };

  it('follows a branch, and says what is missing', async (t) => {
    const server = needed(t);
    if (server === null) return;
    const options = { certificateAuthority: server.certificate };
    const url = `https://127.0.0.1:${server.port}`;
    await follows(world.mirror(`${url}/served/.git`, options));
    const absent = faultSaying('git-unreachable', /there is no git repository there/);
    await assert.rejects(world.mirror(`${url}/absent.git`, options).remoteHead(), absent);
    const other = world.mirror(`${url}/served/.git`, { ...options, branch: 'other' });
    await assert.rejects(other.remoteHead(), faultSaying('no-such-branch', /has no branch other\. It has main/));
  });

  it('accepts no certificate that nobody vouches for', async (t) => {
    const server = needed(t);
    if (server === null) return;
    const mirror = world.mirror(`https://127.0.0.1:${server.port}/served/.git`);
    await assert.rejects(mirror.remoteHead(), faultSaying('git-unreachable', /its certificate is not accepted/));
  });

  it('uses a token from the url, shows it to nobody, and asks nobody for one', async (t) => {
    const server = needed(t);
    if (server === null) return;
    server.locked = true;
    try {
      const options = { certificateAuthority: server.certificate };
      const mirror = world.mirror(`https://user:secret@127.0.0.1:${server.port}/served/.git`, options);
      await follows(mirror);
      for (const url of [
        `https://127.0.0.1:${server.port}/served/.git`,
        `https://user:wr0ng@127.0.0.1:${server.port}/served/.git`,
      ]) {
        await assert.rejects(world.mirror(url, options).remoteHead(), (error: unknown) => {
          assert.ok(faultSaying('git-unreachable', /asks for a user name and password or refuses ours/)(error));
          assert.ok(!JSON.stringify([error, String(error), (error as Error).cause]).includes('wr0ng'));
          return true;
        });
      }
    } finally {
      server.locked = false;
    }
  });

  it('is not led to another transport', async (t) => {
    const server = needed(t);
    if (server === null) return;
    const { createServer } = await import('node:https');
    const tls = { key: readFileSync(join(world.top, 'https.key')), cert: readFileSync(server.certificate) };
    for (const target of ['http://127.0.0.1:1', 'file:///etc', 'ext::sh']) {
      const redirecting = createServer(tls, (request, response) => {
        response.writeHead(302, { location: `${target}${request.url ?? ''}` }).end();
      });
      await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve));
      const { port } = redirecting.address() as { port: number };
      const mirror = world.mirror(`https://127.0.0.1:${port}/served/.git`, {
        certificateAuthority: server.certificate,
      });
      await assert.rejects(mirror.remoteHead(), faultSaying('git-unreachable', /./));
      redirecting.close();
    }
  });
});

describe('ssh', () => {
  const needed = (t: TestContext): SshServer | null => {
    if (ssh === null) t.skip('no sshd here');
    return ssh;
  };
  const url = (server: SshServer): string => `ssh://${server.user}@127.0.0.1:${server.port}${folder}`;

  it('follows a branch with the key and the known hosts of the local config', async (t) => {
    const server = needed(t);
    if (server === null) return;
    await follows(world.mirror(url(server), { key: server.key, knownHosts: server.knownHosts }));
    const odd = join(world.top, "an 'odd' 100% key");
    writeFileSync(odd, readFileSync(server.key), { mode: 0o600 });
    await follows(world.mirror(url(server), { key: odd, knownHosts: server.knownHosts }));
  });

  it('says what is wrong with the key', async (t) => {
    const server = needed(t);
    if (server === null) return;
    const { knownHosts } = server;
    const refused = faultSaying('git-unreachable', /refuses our ssh key/);
    await assert.rejects(world.mirror(url(server), { key: server.otherKey, knownHosts }).remoteHead(), refused);
    const none = world.mirror(url(server), { key: join(world.top, 'none'), knownHosts });
    await assert.rejects(
      none.remoteHead(),
      faultSaying('disk', /Cannot read .*none: the folder or file does not exist/),
    );
    const open = join(world.top, 'open-key');
    writeFileSync(open, readFileSync(server.key));
    chmodSync(open, 0o644);
    const words = /does not use a key that others can read.*chmod 600/;
    await assert.rejects(
      world.mirror(url(server), { key: open, knownHosts }).remoteHead(),
      faultSaying('git-unreachable', words),
    );
  });

  it('trusts only known hosts where they are given', async (t) => {
    const server = needed(t);
    if (server === null) return;
    const unknown = faultSaying('git-unreachable', /host key is not known or has changed/);
    const empty = join(world.top, 'empty_known_hosts');
    writeFileSync(empty, '');
    await assert.rejects(world.mirror(url(server), { key: server.key, knownHosts: empty }).remoteHead(), unknown);
    const wrong = join(world.top, 'wrong_known_hosts');
    const other = readFileSync(`${server.otherKey}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
    writeFileSync(wrong, `[127.0.0.1]:${server.port} ${other}\n`);
    await assert.rejects(world.mirror(url(server), { key: server.key, knownHosts: wrong }).remoteHead(), unknown);
  });

  it('else notes a host at first sight, in a file of its own, and refuses it when it changes', async (t) => {
    const server = needed(t);
    if (server === null) return;
    const home = join(world.top, 'sight');
    await follows(world.mirror(url(server), { key: server.key, home }));
    const noted = join(home, 'known_hosts');
    assert.ok(existsSync(noted));
    const text = readFileSync(noted, 'utf8');
    const other = readFileSync(`${server.otherKey}.pub`, 'utf8').split(' ')[1] ?? '';
    writeFileSync(noted, text.replace(/AAAA\S+/g, other));
    await assert.rejects(
      world.mirror(url(server), { key: server.key, home }).remoteHead(),
      faultSaying('git-unreachable', /host key is not known or has changed/),
    );
    rmSync(noted);
  });

  it('a path on the server stays a path, whatever it looks like', async (t) => {
    const server = needed(t);
    if (server === null) return;
    const { key, knownHosts } = server;
    const sprung = join(world.top, 'sprung');
    for (const path of [`/x; touch ${sprung}`, `/$(touch ${sprung})`, `/x' && touch ${sprung} '`]) {
      const mirror = world.mirror(`ssh://${server.user}@127.0.0.1:${server.port}${path}`, { key, knownHosts });
      await assert.rejects(mirror.remoteHead(), faultSaying('git-unreachable', /there is no git repository there/));
    }
    assert.ok(!existsSync(sprung));
  });
});
