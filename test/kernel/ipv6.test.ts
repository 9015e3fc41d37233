// Promise: IPv6 in full, on real packets and both backends: forwards on addresses of one family or both, sources and
// hairpin, guests that have only one family, and no IPv6 source is translated where nobody asked for it.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { compileNat } from '../../src/core/nat/compile.ts';
import { diffNat } from '../../src/core/nat/diff.ts';
import type { Desired, Network } from '../../src/model/desired.ts';
import { families, type Family } from '../../src/model/family.ts';
import { address, desired, guest, host, network, type ShortForward } from '../core/nat-fixture.ts';
import { inside, runInside } from './inside.ts';
import { clear, openNetfilter, run, table } from './nat-table.ts';
import { ips, startStage, type Stage } from './places.ts';

const addresses = [
  address('main', { v4: ips.v4.main, v6: ips.v6.main }),
  address('six', { v6: '2001:db8:1::16' }),
  address('four', '203.0.113.14'),
];
const bothOf = (which: 'web' | 'old'): { v4: string; v6: string } => ({ v4: ips.v4[which], v6: ips.v6[which] });

function state(
  web: readonly ShortForward[],
  {
    snat = { kind: 'none' },
    webIps = bothOf('web'),
  }: { snat?: Network['snat']; webIps?: { v4?: string; v6?: string } } = {},
): Desired {
  const lan = network('lan', 'br0', [ips.v4.subnet, ips.v6.subnet], { snat });
  return desired(host(addresses, [lan]), [guest('web', webIps, web), guest('old', bothOf('old'), [])]);
}

async function become(wanted: Desired): Promise<void> {
  const nat = compileNat(wanted);
  for (const family of families) {
    const plan = diffNat(nat[family], table(family), { family, previous: null });
    if (plan.restore !== null) await openNetfilter().restore(family, { text: plan.restore, plannedOn: plan.plannedOn });
  }
}

let stage: Stage;
let n = 0;

async function reached(to: string, from?: string): Promise<string | number> {
  const id = String(++n);
  const who = await stage.outside.open(id, 'tcp', to, { port: 80, ...(from === undefined ? {} : { from }) });
  await stage.outside.ask({ do: 'close', id });
  return who;
}

/** The source that a guest's packet to the outside leaves with, as conntrack has it. */
async function leavesAs(family: Family): Promise<string | undefined> {
  const at = ips[family];
  // Nobody need answer: that the packet was sent on is enough.
  const opened = stage.web.open(`out${++n}`, 'udp', at.client, { port: 4242 });
  await Promise.race([opened, new Promise((resolve) => setTimeout(resolve, 400))]);
  const { out } = run('conntrack', ['-L', '-f', family === 'v4' ? 'ipv4' : 'ipv6', '-p', 'udp', '--orig-src', at.web]);
  void opened.catch(() => undefined);
  return new RegExp(`dport=4242 .*src=${at.client} dst=(\\S+) `).exec(out)?.[1];
}

function suite(): void {
  const [six, four] = ['2001:db8:1::16', '203.0.113.14'];

  it('a forward is there in every family of its address', async () => {
    await become(state([{ port: 80 }, { port: 80, address: 'six' }, { port: 80, address: 'four' }]));
    for (const to of [ips.v4.main, ips.v6.main, six, four]) assert.equal(await reached(to), 'web', to);
    const jumps = (family: Family): number => compileNat(state([{ port: 80 }]))[family].jumps.length;
    assert.deepEqual([jumps('v4'), jumps('v6')], [3, 3]);
  });

  it('a guest of one family is forwarded to in that one only, and the other reaches the host', async () => {
    await become(state([{ port: 80 }], { webIps: { v4: ips.v4.web } }));
    assert.deepEqual([await reached(ips.v4.main), await reached(ips.v6.main)], ['web', 'host']);
    await become(state([{ port: 80 }], { webIps: { v6: ips.v6.web } }));
    assert.deepEqual([await reached(ips.v4.main), await reached(ips.v6.main)], ['host', 'web']);
  });

  it('sources of both families are kept apart', async () => {
    await become(state([{ port: 80, from: ['2001:db8:7::1/128', '198.18.0.2/32'] }]));
    assert.equal(await reached(ips.v6.main, ips.v6.client), 'web');
    assert.equal(await reached(ips.v6.main, ips.v6.other), 'host');
    assert.equal(await reached(ips.v4.main, ips.v4.client), 'host');
    assert.equal(await reached(ips.v4.main, ips.v4.other), 'web');
  });

  it('a guest reaches its neighbour by the public address', async () => {
    await become(state([{ port: 80 }]));
    for (const family of families)
      assert.equal(await stage.old.open(`hairpin${family}`, 'tcp', ips[family].main), 'web', family);
  });

  const snats: readonly (readonly [string, Network['snat'], string, string])[] = [
    ['no snat', { kind: 'none' }, ips.v4.web, ips.v6.web],
    ['the default', { kind: 'address', address: 'main' }, ips.v4.main, ips.v6.web],
    ['an address asked for', { kind: 'address', address: 'main', written: true }, ips.v4.main, ips.v6.main],
    // Which of the uplink's addresses that is, is the kernel's choice.
    ['masquerade asked for', { kind: 'masquerade' }, ips.v4.main, six],
  ];
  for (const [what, snat, as4, as6] of snats) {
    it(`with ${what} a guest leaves as ${as4} and ${as6}`, async () => {
      await become(state([{ port: 80 }], { snat }));
      assert.equal(await leavesAs('v4'), as4);
      assert.equal(await leavesAs('v6'), as6);
    });
  }
}

if (inside === null) {
  describe('IPv6 on packets', () => runInside(import.meta.url, 120));
} else {
  describe(`IPv6 on packets, ${inside}`, () => {
    before(async () => {
      stage = await startStage();
      for (const place of [stage.web, stage.old, stage.host])
        await place.ask({ do: 'serve', protocol: 'tcp', ports: [80] });
      run('ip', ['address', 'add', '2001:db8:1::16/64', 'dev', 'eth0', 'nodad']);
      run('ip', ['address', 'add', '203.0.113.14/24', 'dev', 'eth0']);
    });
    afterEach(() => {
      families.forEach(clear);
      run('conntrack', ['-F']);
    });
    after(() => stage.stop());
    suite();
  });
}
