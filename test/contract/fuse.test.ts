// The Fuse, the Prober and the session on the real thing: what runs on when its starter is gone and with which arguments
// systemd would run it; who answers, who is connected, and by which connection a person came.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createFuse } from '../../src/adapters/fuse.ts';
import { createProber } from '../../src/adapters/prober.ts';
import { Fault } from '../../src/model/fault.ts';

const top = mkdtempSync(join(tmpdir(), 'natroute-fuse-'));
after(() => rmSync(top, { recursive: true, force: true }));
const source = (name: string): string => join(import.meta.dirname, '..', '..', 'src', 'adapters', name);

async function appears(path: string): Promise<string> {
  for (const end = Date.now() + 20_000; ;) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (text.endsWith('\n')) return text;
    assert.ok(Date.now() < end, `${path} does not come`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the fuse where no systemd runs', () => {
  it('is a process of its own session that outlives its starter, even one that is killed with its group', async () => {
    const [file, done] = [join(top, 'fuse.sh'), join(top, 'done')];
    writeFileSync(file, `sleep 1; ps -o sid= -p $$ | tr -d ' ' >${done}\n`);
    const script = `import { createFuse } from ${JSON.stringify(source('fuse.ts'))};
await createFuse({ systemd: false }).light(${JSON.stringify(file)}, 'natroute-fuse-1');
process.kill(-process.pid, 'SIGKILL');`;
    const starter = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      detached: true,
      stdio: 'ignore',
    });
    const signal = await new Promise((resolve) => starter.once('exit', (_code, by) => resolve(by)));
    assert.equal(signal, 'SIGKILL');
    assert.notEqual(Number(await appears(done)), starter.pid);
  });
});

describe('the fuse where systemd runs', () => {
  const fake = join(top, 'systemd-run');
  const words = join(top, 'words');
  const path = process.env['PATH'] ?? '';
  const light = async (script: string): Promise<void> => {
    writeFileSync(fake, script);
    chmodSync(fake, 0o755);
    process.env['PATH'] = `${top}:${path}`;
    try {
      await createFuse({ systemd: true }).light('/var/lib/natroute/confirm/fuse.sh', 'natroute-fuse-7');
    } finally {
      process.env['PATH'] = path;
    }
  };

  it('is a transient unit outside of the service, with the paths that iptables needs', async () => {
    await light(`#!/bin/sh\nfor word; do echo "$word"; done >${words}\n`);
    const said = readFileSync(words, 'utf8').trimEnd().split('\n');
    const lock = process.env['XTABLES_LOCKFILE'];
    assert.deepEqual(said, [
      '--quiet',
      '--collect',
      '--unit=natroute-fuse-7',
      '--description=natroute goes back unless the change is confirmed',
      `--setenv=PATH=${top}:${path}`,
      ...(lock === undefined ? [] : [`--setenv=XTABLES_LOCKFILE=${lock}`]),
      'sh',
      '/var/lib/natroute/confirm/fuse.sh',
    ]);
  });

  it('is a fault where systemd refuses it: then nothing is changed', async () => {
    await assert.rejects(
      light('#!/bin/sh\necho "Failed to start transient service unit" >&2\nexit 1\n'),
      (error) => error instanceof Fault && error.code === 'command-failed' && /transient service/.test(error.message),
    );
  });
});

describe('the prober', () => {
  const listening = async (): Promise<Server> => {
    const server = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  };
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  const prober = createProber();

  it('says whether a port answers, and why not', async () => {
    const server = await listening();
    const port = portOf(server);
    assert.equal(await prober.probe({ kind: 'tcp', ip: '127.0.0.1', port }), null);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await prober.probe({ kind: 'tcp', ip: '127.0.0.1', port }), 'ECONNREFUSED');
  });

  it('says whether an address answers to a ping', async () => {
    assert.equal(await prober.probe({ kind: 'ping', name: 'loopback', ip: '127.0.0.1' }), null);
    assert.match((await prober.probe({ kind: 'ping', name: 'nobody', ip: '240.0.0.1' })) ?? '', /./);
  });

  it('knows who is connected to which port, and no listener', async () => {
    const server = await listening();
    const client = connect(portOf(server), '127.0.0.1');
    await new Promise((resolve) => client.once('connect', resolve));
    const wanted = {
      source: '127.0.0.1',
      sourcePort: client.localPort ?? 0,
      destination: '127.0.0.1',
      port: portOf(server),
    };
    const there = await prober.sockets();
    assert.ok(there.some((one) => JSON.stringify(one) === JSON.stringify(wanted)));
    assert.ok(!there.some(({ sourcePort, port }) => port === portOf(server) && sourcePort === 0));
    client.destroy();
    server.close();
  });
});

describe('the session', () => {
  const script = `import { readSession } from ${JSON.stringify(source('session.ts'))}; console.log(JSON.stringify(readSession()));`;
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
  const read = (argv: readonly string[], connection: string | undefined): unknown => {
    const env = { ...process.env, SSH_CONNECTION: connection };
    const { stdout, stderr } = spawnSync(argv[0] ?? '', argv.slice(1), { env, encoding: 'utf8' });
    assert.ok(stdout !== '', stderr);
    return JSON.parse(stdout);
  };
  const came = { source: '198.51.100.7', sourcePort: 50412, destination: '203.0.113.10', port: 22 };

  it('is the connection of ssh, also behind a program that drops the variable, and IPv4 in IPv6 is IPv4', () => {
    assert.deepEqual(read(node, '198.51.100.7 50412 203.0.113.10 22'), came);
    assert.deepEqual(read(node, '::ffff:198.51.100.7 50412 ::ffff:203.0.113.10 22'), came);
    // As sudo does; the shell stays, and is asked.
    const behind = ['sh', '-c', 'env -u SSH_CONNECTION "$@"; :', 'sh', ...node];
    assert.deepEqual(read(behind, '198.51.100.7 50412 203.0.113.10 22'), came);
  });
});
