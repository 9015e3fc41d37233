// Promise: a commit that closes the way in, by a rule or by a kernel setting, is back out within its time by itself, with the
// daemon alive and with it killed; a foreign rule that came meanwhile stays, the record says why, and the commit is
// quarantined. A good one is confirmed by the first connection from outside that is newer than it,
// or by a person who came over one, not from a guest, a container or the host itself.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { inside, reference, type Backend } from '../../deploy/sandbox/network.ts';
import { startSandbox, type Sandbox } from '../../deploy/sandbox/sandbox.ts';
import { makeState, writeConfig, type State } from '../../deploy/sandbox/state.ts';

const withinSeconds = 6;
const confirm = `confirm: {within: ${withinSeconds}s, probes: [{inbound: 22/tcp}, {ping: gateway}]}`;
/** The fuse's grace, and a loaded machine. */
const backWithinMs = (withinSeconds + 9) * 1000;
const foreign = ['-p', 'tcp', '-m', 'tcp', '--dport', '3306', '-j', 'ACCEPT'];

async function answers(sandbox: Sandbox): Promise<string> {
  const outcome = await sandbox.connect('internet', {
    ...{ to: reference.main, port: 22, timeoutMs: 1000 },
    from: reference.stranger,
  });
  return typeof outcome === 'string' ? outcome : `${outcome.name}:${outcome.port}`;
}

/** How long it took until somebody outside got that answer. */
async function until(sandbox: Sandbox, wanted: string, mostMs: number): Promise<number> {
  const started = performance.now();
  let last = '';
  while (performance.now() - started < mostMs) {
    last = await answers(sandbox);
    if (last === wanted) return performance.now() - started;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return assert.fail(`main:22 answers ${last} and not ${wanted} after ${mostMs} ms`);
}

async function natroute<T>(sandbox: Sandbox, ...argv: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await sandbox.natroute([...argv, '--json']);
  assert.equal(code, 0, `natroute ${argv.join(' ')}: ${stderr}${stdout}`);
  return JSON.parse(stdout) as T;
}

interface Status {
  readonly generation: number;
  readonly quarantined: { readonly commit: { readonly commit: string } } | null;
  readonly unconfirmed: object | null;
}

async function settled(
  sandbox: Sandbox,
  wanted: (status: Status) => boolean,
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Status> {
  for (const end = Date.now() + backWithinMs; ;) {
    await meanwhile();
    const status = await natroute<Status>(sandbox, 'status');
    if (wanted(status)) return status;
    assert.ok(Date.now() < end, `the status stays ${JSON.stringify(status)}`);
  }
}

/** dom0's own port goes to a guest: nobody gets in to dom0 any more. */
function closeTheDoor(state: State): ReturnType<State['push']> {
  return state.push(
    {
      'host.yaml': state.read('host.yaml').replace('listens: [22/tcp]', 'listens: []'),
      'checks.yaml': state.read('checks.yaml').replace(/^.*main:22\/tcp.*\n/m, ''),
      'guests/web.yaml': `${state.read('guests/web.yaml')}  - { port: 22 }\n`,
    },
    'Let people in to web',
  );
}

async function started(backend: Backend): Promise<{ sandbox: Sandbox; state: State }> {
  const sandbox = await startSandbox({ backend, reached: 'mac', bridgeNf: 0 });
  const state = await makeState(sandbox, 'mac');
  writeConfig(sandbox, { schedule: '*/15 * * * * *' });
  await natroute(sandbox, 'apply', '--yes');
  writeConfig(sandbox, { schedule: '*/15 * * * * *', more: [confirm] });
  return { sandbox, state };
}

describe('a commit that closes the way in', () => {
  const cases: readonly (readonly [Backend, 'alive' | 'killed'])[] = [
    ['nft', 'alive'],
    ['nft', 'killed'],
    ['legacy', 'killed'],
  ];
  for (const [backend, daemons] of cases) {
    it(`${backend}, the daemon ${daemons}`, async (context) => {
      const { sandbox, state } = await started(backend);
      try {
        let daemon = await sandbox.daemon();
        await sandbox.ready('web');
        assert.equal(await answers(sandbox), 'dom0:22');
        const { commit } = await closeTheDoor(state);
        await until(sandbox, 'web:22', backWithinMs);
        await settled(sandbox, ({ unconfirmed }) => unconfirmed !== null);
        if (daemons === 'killed') await daemon.kill();
        await sandbox.must('dom0', ['iptables', '-w', '5', '-t', 'nat', '-A', 'PREROUTING', ...foreign]);
        const outMs = await until(sandbox, 'dom0:22', backWithinMs);
        context.diagnostic(`back after ${(outMs / 1000).toFixed(1)} s, allowed ${withinSeconds} s`);
        if (daemons === 'killed') daemon = await sandbox.daemon();
        const status = await settled(
          sandbox,
          ({ quarantined, unconfirmed }) => quarantined !== null && unconfirmed === null,
        );
        assert.deepEqual([status.generation, status.quarantined?.commit.commit], [1, commit]);
        assert.equal(await answers(sandbox), 'dom0:22');
        const rules = await sandbox.must('dom0', ['iptables-save', '-t', 'nat']);
        assert.match(rules, /^-A PREROUTING -p tcp -m tcp --dport 3306 -j ACCEPT$/m);
        assert.doesNotMatch(rules, /main:22\/tcp/);
        const { entries } = await natroute<{ entries: readonly { record: { reason: string | null } }[] }>(
          sandbox,
          'history',
        );
        const [why] = entries.flatMap(({ record }) => record.reason ?? []);
        const seen = daemons === 'alive' ? ' (not seen: a new connection from outside' : '; it touched';
        assert.ok(why?.startsWith(`generation 2 was not confirmed within 6 s${seen}`), why);
        assert.match(why ?? '', /it touched the way in: listens loses 22\/tcp; main:22\/tcp goes to web/);
        assert.equal(/the fuse put the rules back/.test(why ?? ''), daemons === 'killed');

        // What comes after it is tried, and the next connection from outside confirms it.
        const host = state.read('host.yaml').replace('listens: []', 'listens: [22/tcp]');
        const web = state.read('guests/web.yaml').replace('port: 22 }', 'port: 8443, to: 443 }');
        await state.push({ 'host.yaml': host, 'guests/web.yaml': web }, 'Mend it');
        await settled(sandbox, ({ unconfirmed }) => unconfirmed !== null);
        // It waits from before the change, and only what is newer than the change confirms it.
        const comesIn = async (): Promise<void> => assert.equal(await answers(sandbox), 'dom0:22');
        const end = await settled(sandbox, ({ unconfirmed }) => unconfirmed === null, comesIn);
        assert.ok(end.generation > 2, `generation ${end.generation}\n${daemon.log()}`);
        assert.equal(end.quarantined, null);
        assert.equal(await daemon.stop(), 0);
      } finally {
        await sandbox.stop();
      }
    });
  }
});

describe('a commit that closes the way in by a kernel setting', () => {
  it('is back out by itself with the daemon killed, and the next start brings the file back too', async () => {
    const sandbox = await startSandbox({ backend: 'nft', reached: 'mac', bridgeNf: 0 });
    try {
      const state = await makeState(sandbox, 'mac');
      const config = { schedule: '*/15 * * * * *', allow: '{bridges: [br0], sysctls: ["net.ipv4.*"]}' };
      writeConfig(sandbox, config);
      await natroute(sandbox, 'apply', '--yes');
      writeConfig(sandbox, { ...config, more: [confirm] });
      // A host with two ways out: what came by the one is answered by the other, which a strict filter takes for forged.
      const { stranger, gateway } = reference;
      await sandbox.must('dom0', ['ip', 'route', 'add', stranger, 'via', gateway, 'dev', 'failover', 'onlink']);
      const setting = async (): Promise<string> =>
        (await sandbox.must('dom0', ['cat', '/proc/sys/net/ipv4/conf/eth0/rp_filter'])).trim();
      const file = (): string => readFileSync(sandbox.path(`${inside.root}/etc/sysctl.d/99-natroute.conf`), 'utf8');
      const [before, good] = [await setting(), file()];
      const daemon = await sandbox.daemon();
      assert.equal(await answers(sandbox), 'dom0:22');
      const { commit } = await state.push(
        { 'host.yaml': `${state.read('host.yaml')}sysctl: { net.ipv4.conf.eth0.rp_filter: 1 }\n` },
        'Trust nobody',
      );
      await until(sandbox, 'timeout', backWithinMs);
      await settled(sandbox, ({ unconfirmed }) => unconfirmed !== null);
      await daemon.kill();
      await until(sandbox, 'dom0:22', backWithinMs);
      assert.equal(await setting(), before);
      assert.notEqual(file(), good, 'a file counts at a boot, and waits for natroute');
      const next = await sandbox.daemon();
      const status = await settled(
        sandbox,
        ({ quarantined, unconfirmed }) => quarantined !== null && unconfirmed === null,
      );
      assert.deepEqual([status.generation, status.quarantined?.commit.commit], [1, commit]);
      assert.equal(file(), good);
      assert.equal(await setting(), before);
      assert.equal(await answers(sandbox), 'dom0:22');
      assert.equal(await next.stop(), 0);
    } finally {
      await sandbox.stop();
    }
  });
});

describe('`natroute confirm`', () => {
  it('counts for who came over a new connection from outside, and for nobody else', async () => {
    const { sandbox, state } = await started('nft');
    try {
      writeConfig(sandbox, {
        schedule: '*/15 * * * * *',
        more: ['confirm: {within: 60s, probes: [{inbound: 22/tcp}]}'],
      });
      const daemon = await sandbox.daemon();
      await sandbox.ready('web');
      const { main, stranger } = reference;
      await state.push(
        { 'guests/web.yaml': `${state.read('guests/web.yaml')}  - { port: 8443, to: 443 }\n` },
        'One more',
      );
      await settled(sandbox, ({ unconfirmed }) => unconfirmed !== null);
      for (const line of [
        'link add docker0 type bridge',
        'address add 172.17.0.1/16 dev docker0',
        'link set docker0 up',
      ])
        await sandbox.must('dom0', ['ip', ...line.split(' ')]);
      const by = (source: string, to: string): ReturnType<Sandbox['natroute']> =>
        sandbox.natroute(['confirm'], { env: { SSH_CONNECTION: `${source} 50022 ${to} 22` } });
      const cases: readonly (readonly [source: string, to: string, from: RegExp])[] = [
        ['192.168.1.1', '192.168.1.254', /you came from 192\.168\.1\.1, in the network lan of this host's own guests/],
        ['172.17.0.2', '172.17.0.1', /you came from 172\.17\.0\.2 behind docker0, which does not lead out/],
        [main, main, /you came from this host itself/],
        ['127.0.0.1', '127.0.0.1', /you came from this host itself/],
      ];
      for (const [source, to, from] of cases) {
        const { code, stderr } = await by(source, to);
        assert.equal(code, 64, stderr);
        assert.match(stderr, from);
        assert.notEqual((await natroute<Status>(sandbox, 'status')).unconfirmed, null);
      }
      const { code, stderr } = await by(stranger, main);
      assert.equal(code, 0, stderr);
      const { generation } = await settled(sandbox, ({ unconfirmed }) => unconfirmed === null);
      assert.equal(generation, 2);
      assert.equal(await daemon.stop(), 0);
    } finally {
      await sandbox.stop();
    }
  });
});
