// Promise: ifupdown finds the uplink's router of each family, wherever it lies.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseState } from '../../../src/core/parse/parse.ts';
import { renderHostNetwork } from '../../../src/core/render/ifupdown.ts';
import { stateOf } from '../state-files.ts';

function written(gateway: string, addresses: string): string {
  const text = `uplink: {interface: eth0, gateway: ${gateway}}\naddresses: {${addresses}}\nhostNetwork: ifupdown\n`;
  const { desired, diagnostics } = parseState(stateOf({ 'host.yaml': text }), { host: 'a', now: new Date(0) });
  assert.ok(desired !== null, JSON.stringify(diagnostics));
  return renderHostNetwork(desired.host);
}

const six = (...lines: readonly string[]): string =>
  ['auto eth0', 'iface eth0 inet6 static', '    address 2001:db8:1::10/64', ...lines, ''].join('\n');

describe("the uplink's gateway", () => {
  it('of IPv6 is a route, for ifupdown would set accept_ra beside a gateway', () => {
    assert.equal(
      written('"2001:db8:1::1"', 'main: "2001:db8:1::10/64"'),
      six('    post-up ip route replace default via 2001:db8:1::1 dev eth0'),
    );
  });

  it('is first told where it is outside of every subnet', () => {
    assert.equal(
      written('"2001:db8:5::1"', 'main: "2001:db8:1::10/64"'),
      six(
        '    post-up ip route replace 2001:db8:5::1 dev eth0',
        '    post-up ip route replace default via 2001:db8:5::1 dev eth0 onlink',
      ),
    );
  });

  it('is on the link where it is link-local, also where the host has no IPv6 of its own there', () => {
    const way = '    post-up ip route replace default via fe80::1 dev eth0';
    assert.equal(written('"FE80:0::1"', 'main: "2001:db8:1::10/64"'), six(way));
    assert.equal(
      written('[203.0.113.1, "fe80::1"]', 'main: 203.0.113.10/24, far: {ip: "2001:db8:2::1", interface: eth1}'),
      `auto eth0
iface eth0 inet static
    address 203.0.113.10/24
    gateway 203.0.113.1
iface eth0 inet6 manual
${way}

auto eth1
iface eth1 inet6 static
    address 2001:db8:2::1/128
`,
    );
  });
});
