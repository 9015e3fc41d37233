// Promise: natroute, started on a host with the owner's old rules and followed by its daemon, makes every forward of the
// reference repository answer from everywhere with the right guest, on both backends; `--take` then clears the old rules.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Backend, Reached } from '../../deploy/sandbox/network.ts';
import { differences, inward, outward, ownersOldRules } from '../../deploy/sandbox/reachability.ts';
import { startSandbox, type Sandbox } from '../../deploy/sandbox/sandbox.ts';
import { makeState, writeConfig } from '../../deploy/sandbox/state.ts';

const cases: readonly (readonly [Backend, Reached, 0 | 1])[] = [
  ['nft', 'mac', 0],
  ['nft', 'route', 1],
  ['legacy', 'arp', 0],
  ['legacy', 'mac', 1],
];

async function natroute(sandbox: Sandbox, ...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await sandbox.natroute(argv);
  assert.equal(code, 0, `natroute ${argv.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

async function rules(sandbox: Sandbox): Promise<readonly string[]> {
  const saved = await sandbox.must('dom0', ['iptables-save', '-t', 'nat']);
  return saved.split('\n').filter((line) => line.startsWith('-A '));
}

describe('the reference host under natroute', () => {
  for (const [backend, reached, bridgeNf] of cases) {
    it(`${backend}, failover reached by ${reached}, bridge-nf-call-iptables ${bridgeNf}`, async () => {
      const sandbox = await startSandbox({ backend, reached, bridgeNf });
      try {
        await makeState(sandbox, reached);
        writeConfig(sandbox, { schedule: '*/2 * * * * *' });
        await sandbox.must('dom0', ['iptables-restore', '--noflush', '-w', '5'], { input: ownersOldRules });
        const owners = await rules(sandbox);

        await natroute(sandbox, 'apply', '--yes');
        assert.deepEqual(
          (await rules(sandbox)).filter((rule) => !/natroute|NR-/.test(rule)),
          owners,
          'not ours, not touched',
        );
        const daemon = await sandbox.daemon();
        await Promise.all(['web', 'mail', 'siteclient'].map((guest) => sandbox.ready(guest)));
        const outside = outward([
          [53, 'tcp'],
          [53, 'udp'],
        ]);
        assert.deepEqual(await differences(sandbox, [...inward('v4'), ...outside]), []);

        // The owner's DNAT without -d also takes what guests send to port 25 outside: until it is taken.
        const mailOut = outward([[25, 'tcp']]);
        assert.notDeepEqual(await differences(sandbox, mailOut), []);
        await natroute(sandbox, 'apply', '--yes', '--take');
        const left = (await rules(sandbox)).filter((rule) => !/natroute|NR-/.test(rule));
        assert.deepEqual(
          left.filter((rule) => rule.includes('DNAT')),
          [],
        );
        assert.deepEqual(await differences(sandbox, [...inward('v4'), ...outside, ...mailOut]), []);

        assert.equal(await daemon.stop(), 0);
        assert.deepEqual(await differences(sandbox, inward('v4')), [], 'nothing depends on the daemon');
        await natroute(sandbox, 'unload', '--yes');
        assert.deepEqual(await rules(sandbox), left);
      } finally {
        await sandbox.stop();
      }
    });
  }
});
