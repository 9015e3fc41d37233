// Promise: a walk reads like a packet tracer: each rule met, what it did, whose it is, and where the packet ends.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSave } from '../../src/core/nat/save.ts';
import { compileNat } from '../../src/core/nat/compile.ts';
import { createInternet } from '../../src/core/trace/internet.ts';
import { packetFrom, type Sender } from '../../src/core/trace/sender.ts';
import { walk } from '../../src/core/trace/walk.ts';
import { traceWorld } from '../../src/core/trace/world.ts';
import { plain } from '../../src/core/views/paint.ts';
import { traceText } from '../../src/core/views/trace.ts';
import { chainsOf, sample, saved } from './nat-fixture.ts';

const now = new Date('2026-06-01T12:00:00Z');

function text(foreign: Readonly<Record<string, readonly string[]>>, from: Sender, port: number): string {
  const nat = compileNat(sample);
  const chains = chainsOf(nat.v4);
  for (const [name, rules] of Object.entries(foreign)) chains[name] = [...rules, ...(chains[name] ?? [])];
  const table = parseSave(saved(chains));
  const world = traceWorld({
    nat: { v4: table, v6: { chains: [] } },
    known: nat,
    host: sample.host,
    guests: sample.guests,
    now,
  });
  const packet = packetFrom(world, from, { ip: '203.0.113.10', port, protocol: 'tcp' }, createInternet(sample));
  assert.ok(packet !== null);
  return traceText(walk(world, packet), plain);
}

describe('the text of a walk', () => {
  it('tells a walk through our rules', () => {
    assert.equal(
      text({}, { kind: 'internet' }, 25),
      `198.18.0.1 -> 203.0.113.10:25/tcp, coming in by eth0

PREROUTING
  1     matches  natroute: to NR-DST
NR-DST
  1     no       natroute failover: needs -d 198.51.100.28/32  (x.yaml:1)
  2     matches  natroute main: to NR-A-main  (x.yaml:1)
NR-A-main
  1     matches  natroute mail main:25/tcp: DNAT to 192.168.1.2:25  (x.yaml:1)
routing: by br0 to guest mail
POSTROUTING
  1     matches  natroute: to NR-SRC
NR-SRC
  1     no       natroute failover: needs -s 198.51.100.28/32  (x.yaml:1)
  2     no       natroute lan hairpin: needs -s 192.168.1.0/24  (x.yaml:1)
  3     no       natroute lan: needs -s 192.168.1.0/24  (x.yaml:1)
  back to POSTROUTING
  policy ACCEPT
=> reaches guest mail at 192.168.1.2:25, which sees 198.18.0.1
`,
    );
  });

  it('tells both ways where a stranger leaves it open, and nothing twice', () => {
    const shown = text(
      { PREROUTING: ['-m mark --mark 0x1 -j DNAT --to-destination 192.168.1.9'] },
      { kind: 'internet' },
      25,
    );
    assert.match(
      shown,
      /Unknown: some rules ask for what the nat table does not tell\.\n\nWay 1: if rule 1 of PREROUTING matches\n/,
    );
    assert.match(
      shown,
      /unknown {2}foreign -m mark --mark 0x1 -j DNAT --to-destination 192\.168\.1\.9: DNAT to 192\.168\.1\.9:25\n {8}nobody can know -m mark --mark 0x1 from the nat table\n/,
    );
    assert.match(
      shown,
      /=> reaches nobody: no guest on br0 has 192\.168\.1\.9\n\nWay 2: if rule 1 of PREROUTING does not match\n/,
    );
    assert.match(shown, /=> reaches guest mail at 192\.168\.1\.2:25, which sees 198\.18\.0\.1\n$/);
  });

  it('folds many rules that do not match into one line', () => {
    const foreign = Array.from({ length: 9 }, (_, i) => `-s 192.0.2.${i}/32 -j ACCEPT`);
    const shown = text({ PREROUTING: foreign }, { kind: 'internet' }, 25);
    assert.match(shown, /PREROUTING\n {2}9 rules that do not match\n {2}10 {4}matches {2}natroute: to NR-DST\n/);
  });

  it('lets no rule forge a line or move the cursor', () => {
    const shown = text(
      { PREROUTING: ['-m comment --comment "x\u001b[2J\r\n=> reaches guest root" -j LOG'] },
      { kind: 'internet' },
      25,
    );
    assert.doesNotMatch(shown, /\u001b|\r|\n=> reaches guest root/);
  });
});
