// Promise: 200 pushes (100 on legacy, but for the long run) that change one forward lose no connection to another one, cut none that is open, and leave foreign
// chains, rules and counters before, between and after ours byte for byte as they were; on both backends.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reference, type Backend } from '../../deploy/sandbox/network.ts';
import { startSandbox, type Sandbox } from '../../deploy/sandbox/sandbox.ts';
import { isLongRun } from '../dice.ts';
import { makeState, writeConfig } from '../../deploy/sandbox/state.ts';

/** The everyday run has the long one on one backend only. */
const pushesOf: Readonly<Record<Backend, number>> = {
  nft: 200,
  legacy: isLongRun ? 200 : 100,
};
const connectEveryMs = 5;
const liveWithinMs = 15_000;

/** Chains whose names sort before, between and after ours, with jumps to them before and after our own jumps. */
const foreign = `*nat
:AAA-FIRST - [0:0]
:NR-ALMOST - [0:0]
:NR-FOREIGN - [0:0]
:ZZZ-LAST - [0:0]
[11:660] -A PREROUTING -s 10.66.0.0/16 -j AAA-FIRST
[12:720] -A PREROUTING -s 10.67.0.0/16 -m comment --comment "it's \\"quoted\\"" -j ZZZ-LAST
[13:780] -A OUTPUT -d 10.68.0.0/16 -j NR-FOREIGN
[14:840] -A POSTROUTING -s 10.69.0.0/16 -j NR-ALMOST
[15:900] -A AAA-FIRST -p tcp -m tcp --dport 81 -j DNAT --to-destination 192.168.1.9:81
[16:960] -A AAA-FIRST -p tcp -m multiport --dports 1000:1010,2000 -j RETURN
[17:1020] -A NR-ALMOST -o eth9 -p udp -j MASQUERADE --to-ports 1024-2048
[18:1080] -A NR-FOREIGN -p udp -m udp --dport 53 -j REDIRECT --to-ports 5353
[19:1140] -A ZZZ-LAST -m mark --mark 0x1/0xff -j ACCEPT
[20:1200] -A ZZZ-LAST -j RETURN
COMMIT
`;

/** All lines that are not ours, counters of rules included; the built-in chains count every packet, ours or not. */
async function foreignLines(sandbox: Sandbox): Promise<string> {
  const saved = await sandbox.must('dom0', ['iptables-save', '-c', '-t', 'nat']);
  return saved
    .split('\n')
    .filter((line) => /^(\[|:)/.test(line) && !/^(\[\d+:\d+\] -A|:)( ?NR-(A-main|DST|SRC)\b)/.test(line))
    .filter((line) => !/--comment natroute\b/.test(line))
    .map((line) => line.replace(/^(:(?:PREROUTING|INPUT|OUTPUT|POSTROUTING) \w+) .*/, '$1'))
    .join('\n');
}

/** Commits made beforehand, which move main:8443 to and fro; pushing them is all that is left to do. */
async function prepareCommits(sandbox: Sandbox, clone: string, pushes: number): Promise<readonly string[]> {
  const script = `cd "$1"; cp guests/web.yaml /run/sandbox/tmp/web.yaml
for i in $(seq 1 ${pushes}); do
  cp /run/sandbox/tmp/web.yaml guests/web.yaml
  if [ $((i % 2)) = 1 ]; then to=443; else to=8080; fi
  echo "  - { port: 8443, to: $to }" >>guests/web.yaml
  git -c user.name=Alice -c user.email=alice@example.org commit -q -a -m "Move 8443 to $to ($i)"
  git rev-parse HEAD
done`;
  const printed = await sandbox.must('internet', ['sh', '-eu', '-c', script, 'sh', clone]);
  return printed.trim().split('\n');
}

async function untilLive(sandbox: Sandbox, port: number, log: () => string): Promise<void> {
  const until = Date.now() + liveWithinMs;
  for (;;) {
    const outcome = await sandbox.connect('internet', { to: reference.main, port: 8443, timeoutMs: 2000 });
    if (typeof outcome !== 'string' && outcome.port === port) return;
    if (Date.now() > until) assert.fail(`main:8443 does not reach port ${port}: ${JSON.stringify(outcome)}\n${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function synRetransmits(sandbox: Sandbox, namespace: string): Promise<string> {
  const counted = await sandbox.must(namespace, ['nstat', '--zeros', '--json', 'TcpExtTCPSynRetrans']);
  return JSON.stringify(JSON.parse(counted));
}

describe('pushes under traffic', () => {
  for (const backend of ['nft', 'legacy'] satisfies readonly Backend[]) {
    const pushes = pushesOf[backend];
    it(`${backend}: ${pushes} of them`, async (context) => {
      const sandbox = await startSandbox({ backend, reached: 'mac', bridgeNf: 0 });
      try {
        const state = await makeState(sandbox, 'mac');
        writeConfig(sandbox, { schedule: '*/15 * * * * *' });
        await sandbox.must('dom0', ['iptables-restore', '--noflush', '--counters'], { input: foreign });
        await sandbox.natroute(['apply', '--yes']);
        // Whoever puts a jump before ours is found behind it again: that is a heal, and no change of theirs.
        const before = await foreignLines(sandbox);
        assert.equal(before.split('\n').length, 4 + 4 + 10);
        const commits = await prepareCommits(sandbox, state.clone, pushes);
        const daemon = await sandbox.daemon();
        await Promise.all(['web', 'mail', 'siteclient'].map((guest) => sandbox.ready(guest)));

        const held = await sandbox.hold('internet', { to: reference.main, port: 443 });
        assert.equal(held.answer.name, 'mail');
        const client = { to: reference.main, port: 80, timeoutMs: 5000 };
        const hammers = [
          await sandbox.hammer('internet', client, connectEveryMs),
          await sandbox.hammer('mail', client, connectEveryMs * 10),
        ];
        const syn = [await synRetransmits(sandbox, 'internet'), await synRetransmits(sandbox, 'mail')];
        const started = performance.now();
        for (const [index, commit] of commits.entries()) {
          await sandbox.must('internet', ['git', '-C', state.clone, 'push', '-q', 'origin', `${commit}:main`]);
          await untilLive(sandbox, index % 2 === 0 ? 443 : 8080, daemon.log);
        }
        const seconds = (performance.now() - started) / 1000;
        const results = [];
        for (const hammer of hammers) results.push(await hammer.stop());
        const connections = results.map((one) => one.connections);
        context.diagnostic(
          `${pushes} pushes in ${seconds.toFixed(0)} s, ${connections.join(' + ')} connections, slowest ${Math.max(...results.map((one) => one.slowestMs)).toFixed(0)} ms`,
        );

        for (const one of results) assert.deepEqual(one.outcomes, { web: one.connections });
        assert.ok(
          connections.every((count) => count > seconds * 5),
          `too few connections: ${connections.join(' ')}`,
        );
        assert.deepEqual([await synRetransmits(sandbox, 'internet'), await synRetransmits(sandbox, 'mail')], syn);
        assert.equal(await held.alive(3000), true, 'a connection that was open all the time');
        assert.equal(await foreignLines(sandbox), before);
        assert.equal(await daemon.stop(), 0);
        const { entries } = JSON.parse((await sandbox.natroute(['history', '--json', '--most', '500'])).stdout) as {
          entries: readonly { record: { cause: string; outcome: string; about?: 'guests' } }[];
        };
        // What guests did for it stands in entries of their own.
        const pushed = entries.filter(
          ({ record: { cause, outcome, about } }) => cause === 'push' && outcome === 'applied' && about === undefined,
        ).length;
        assert.equal(pushed, pushes + 1, 'every push has its entry in the ledger');
      } finally {
        await sandbox.stop();
      }
    });
  }
});
