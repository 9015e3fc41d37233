// Promise: the compiled rules of the reference host do on real packets what DESIGN section 3 says: both backends, however
// the provider brings the failover address, with bridge-nf-call-iptables at 0 and at 1, IPv6 too.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeGuests } from '../../deploy/sandbox/guests.ts';
import { reference, reference6, type Backend, type Reached } from '../../deploy/sandbox/network.ts';
import { differences, inward, outward, ownersOldRules } from '../../deploy/sandbox/reachability.ts';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';
import { startSandbox, type Sandbox } from '../../deploy/sandbox/sandbox.ts';
import { compileNat } from '../../src/core/nat/compile.ts';
import { renderNat } from '../../src/core/nat/render.ts';
import type { Desired, Forward } from '../../src/model/desired.ts';

const backends: readonly Backend[] = ['nft', 'legacy'];

async function restore(sandbox: Sandbox, desired: Desired): Promise<void> {
  const { v4, v6 } = compileNat(desired);
  await sandbox.must('dom0', ['iptables-restore', '--noflush', '-w', '5'], { input: renderNat(v4) });
  const text = renderNat(v6);
  if (text !== '') await sandbox.must('dom0', ['ip6tables-restore', '--noflush', '-w', '5'], { input: text });
}

async function within(sandbox: Sandbox, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } finally {
    await sandbox.stop();
  }
}

describe('the reference host’s rules on packets', () => {
  for (const backend of backends) {
    for (const reached of ['mac', 'arp', 'route'] satisfies readonly Reached[]) {
      for (const bridgeNf of [0, 1] as const) {
        it(`${backend}, failover reached by ${reached}, bridge-nf-call-iptables ${bridgeNf}`, async () => {
          const sandbox = await startSandbox({ backend, reached, bridgeNf });
          await within(sandbox, async () => {
            const desired = referenceDesired({ reached, ipv6: false });
            await makeGuests(sandbox, desired);
            await restore(sandbox, desired);
            assert.deepEqual(await differences(sandbox, inward('v4')), []);
            assert.deepEqual(
              await differences(
                sandbox,
                outward([
                  [25, 'tcp'],
                  [53, 'tcp'],
                  [53, 'udp'],
                ]),
              ),
              [],
            );
            await sandbox.must('dom0', ['iptables-restore', '--noflush', '-w', '5'], { input: ownersOldRules });
            // What guests send to port 25 outside is theirs to lose: the owner's own unqualified rule takes it.
            assert.deepEqual(
              await differences(sandbox, [
                ...inward('v4'),
                ...outward([
                  [53, 'tcp'],
                  [53, 'udp'],
                ]),
              ]),
              [],
            );
          });
        });
      }
    }

    it(`${backend}, IPv6`, async () => {
      const sandbox = await startSandbox({ backend, reached: 'mac', bridgeNf: 1, ipv6: true });
      await within(sandbox, async () => {
        const desired = referenceDesired({ reached: 'mac', ipv6: true });
        await makeGuests(sandbox, desired);
        await restore(sandbox, desired);
        assert.deepEqual(await differences(sandbox, [...inward('v6'), ...inward('v4')]), []);
      });
    });

    it(`${backend}, sources, ranges, dates and a bridge without hairpin`, async () => {
      const sandbox = await startSandbox({ backend, reached: 'route', bridgeNf: 0, ipv6: true });
      await within(sandbox, async () => {
        const plain = referenceDesired({ reached: 'route', ipv6: true });
        await makeGuests(sandbox, plain);
        await restore(sandbox, withForwards(plain, special, false));
        const to = { to: reference.main, protocol: 'tcp' } as const;
        assert.deepEqual(
          await differences(sandbox, [
            { namespace: 'internet', ...to, from: reference.admin, port: 2223, ends: 'mail:22', peer: reference.admin },
            { namespace: 'internet', ...to, from: reference.stranger, port: 2223, ends: 'refused' },
            { namespace: 'internet', ...to, to: reference6.main, from: reference6.admin, port: 2223, ends: 'mail:22' },
            {
              namespace: 'internet',
              ...to,
              to: reference6.main,
              from: reference6.stranger,
              port: 2223,
              ends: 'refused',
            },
            { namespace: 'internet', ...to, port: 50000, ends: 'mail:60000' },
            { namespace: 'internet', ...to, port: 50050, ends: 'mail:60050' },
            { namespace: 'internet', ...to, port: 50100, ends: 'mail:60100' },
            { namespace: 'internet', ...to, port: 50101, ends: 'refused' },
            { namespace: 'internet', ...to, to: reference6.main, port: 50050, ends: 'mail:60050' },
            { namespace: 'internet', ...to, port: 8443, ends: 'mail:443' },
            { namespace: 'internet', ...to, port: 8444, ends: 'refused' },
            { namespace: 'dom0', ...to, port: 8443, ends: 'mail:443' },
            { namespace: 'siteclient', ...to, port: 8443, ends: 'mail:443' },
            // Without hairpin a guest that asks for main reaches the host itself.
            { namespace: 'web', ...to, port: 8443, ends: 'refused' },
            { namespace: 'web', ...to, port: 22, ends: 'dom0:22' },
            { namespace: 'web', ...to, to: reference.failover, port: 80, ends: 'siteclient:80' },
          ]),
          [],
        );
      });
    });
  }
});

describe('the packet tests themselves', () => {
  it('notice a missing shield and a missing hairpin', async () => {
    const sandbox = await startSandbox({ backend: 'nft', reached: 'arp', bridgeNf: 0 });
    await within(sandbox, async () => {
      const desired = referenceDesired({ reached: 'arp', ipv6: false });
      await makeGuests(sandbox, desired);
      await restore(sandbox, desired);
      await sandbox.must('dom0', ['iptables-restore', '--noflush', '-w', '5'], { input: ownersOldRules });
      const at = { to: reference.failover, port: 80, protocol: 'tcp', ends: 'siteclient:80' } as const;
      const shielded = [{ namespace: 'internet', ...at }, ...outward([[53, 'tcp']])];
      assert.deepEqual(await differences(sandbox, shielded), []);
      const without = (chain: string, comment: string): Promise<string> =>
        sandbox.must('dom0', [
          'sh',
          '-c',
          `iptables-save -t nat | grep '^-A ${chain} .*"natroute ${comment}"' | sed 's/^-A/-D/' | (echo '*nat'; cat; echo COMMIT) | iptables-restore --noflush`,
        ]);
      await without('NR-DST', 'failover');
      await without('NR-SRC', 'failover');
      await without('NR-SRC', 'lan hairpin');
      assert.deepEqual(await differences(sandbox, shielded), [
        'internet -> 198.51.100.28 80/tcp: expected siteclient:80, came web:80 (which saw 203.0.113.1)',
        'siteclient -> 192.0.2.9 53/tcp: internet:53 saw 203.0.113.10 instead of 198.51.100.28',
      ]);
      assert.deepEqual(
        await differences(sandbox, [
          { namespace: 'web', to: reference.main, port: 25, protocol: 'tcp', ends: 'nobody' },
        ]),
        [],
      );
    });
  });
});

const special: readonly Partial<Forward>[] = [
  {
    ports: { first: 2223, last: 2223 },
    to: { first: 22, last: 22 },
    sources: [`${reference.admin}/32`, '2001:db8:7::/48'],
  },
  { ports: { first: 50000, last: 50100 }, to: { first: 60000, last: 60100 } },
  { ports: { first: 8443, last: 8443 }, to: { first: 443, last: 443 }, until: '2037-12-31T22:59:59' },
  { ports: { first: 8444, last: 8444 }, to: { first: 443, last: 443 }, until: '2020-12-31T22:59:59' },
];

function withForwards(desired: Desired, forwards: readonly Partial<Forward>[], hairpin: boolean): Desired {
  return {
    ...desired,
    host: { ...desired.host, networks: desired.host.networks.map((network) => ({ ...network, hairpin })) },
    guests: desired.guests.map((guest) => {
      const first = guest.forwards[0];
      if (guest.name !== 'mail' || first === undefined) return guest;
      return { ...guest, forwards: [...guest.forwards, ...forwards.map((forward) => ({ ...first, ...forward }))] };
    }),
  };
}
