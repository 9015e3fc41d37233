// Promise: a desired state becomes exactly the nat table of DESIGN.md section 3, whatever the order of its files.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileNat } from '../../../src/core/nat/compile.ts';
import { parseNatTarget, renderNat } from '../../../src/core/nat/render.ts';
import { sample } from '../nat-fixture.ts';

const designSample = `*nat
:NR-A-main - [0:0]
:NR-DST - [0:0]
:NR-SRC - [0:0]
-A PREROUTING -m comment --comment natroute -j NR-DST
-A OUTPUT -m comment --comment natroute -j NR-DST
-A POSTROUTING -m comment --comment natroute -j NR-SRC
-A NR-A-main -p tcp -m tcp --dport 25 -m comment --comment "natroute mail main:25/tcp" -j DNAT --to-destination 192.168.1.2:25
-A NR-A-main -s 192.0.2.77/32 -p tcp -m tcp --dport 2222 -m comment --comment "natroute mail main:2222/tcp from 192.0.2.77" -j DNAT --to-destination 192.168.1.2:22
-A NR-A-main -p tcp -m tcp --dport 50000:50100 -m comment --comment "natroute mail main:50000-50100/tcp" -j DNAT --to-destination 192.168.1.2:60000-60100/50000
-A NR-A-main -p tcp -m tcp --dport 8443 -m time --datestop 2026-12-31T22:59:59 -m comment --comment "natroute mail main:8443/tcp" -j DNAT --to-destination 192.168.1.2:443
-A NR-DST -d 198.51.100.28/32 -m comment --comment "natroute failover" -j ACCEPT
-A NR-DST -d 203.0.113.10/32 -m comment --comment "natroute main" -j NR-A-main
-A NR-SRC -s 198.51.100.28/32 -m comment --comment "natroute failover" -j ACCEPT
-A NR-SRC -s 192.168.1.0/24 -d 192.168.1.0/24 -o br0 -m conntrack --ctstate DNAT -m comment --comment "natroute lan hairpin" -j MASQUERADE
-A NR-SRC -s 192.168.1.0/24 -o eth0 -m comment --comment "natroute lan" -j SNAT --to-source 203.0.113.10
COMMIT
`;

describe('compileNat', () => {
  it("makes DESIGN's sample, letter for letter", () => {
    const nat = compileNat(sample);
    assert.equal(renderNat(nat.v4), designSample);
    assert.equal(renderNat(nat.v6), '');
    assert.deepEqual(renderNat(parseNatTarget(designSample)), designSample);
  });
});
