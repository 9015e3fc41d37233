// Promise: a check of checks.yaml that the rules do not keep stops the commit and shows the packet's way; one that they keep says nothing.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { runChecks } from '../../src/core/check.ts';
import { showDiagnostics } from '../../src/core/diagnostics.ts';
import { compileNat } from '../../src/core/nat/compile.ts';
import { parseState } from '../../src/core/parse/parse.ts';
import type { Desired } from '../../src/model/desired.ts';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import type { StateFile } from '../../src/model/state.ts';

const now = new Date('2026-06-01T12:00:00Z');
const reference = new URL('../golden/reference/', import.meta.url);

const hostFile = `uplink: {interface: eth0, gateway: 203.0.113.1}
addresses:
  main: {ip: [203.0.113.10/24, "2001:db8:1::10/64"]}
  extra: 203.0.113.11
  failover: {ip: 198.51.100.28, reached: arp}
networks:
  lan: {bridge: br0, subnet: [192.168.1.0/24, "fd00:1::/64"], gateway: [192.168.1.254, "fd00:1::254"]}
listens: [22/tcp]
toolstack: netns
`;
const files: Readonly<Record<string, string>> = {
  'host.yaml': hostFile,
  'groups.yaml': 'admins: [198.18.0.0/24, "2001:2::/64"]\n',
  'guests/web.yaml': `interfaces: [{network: lan, ip: 192.168.1.1}]
forwards:
  - {port: 80}
  - {port: 2222, to: 22, from: [admins]}
`,
  'guests/mail.yaml': `interfaces: [{network: lan, ip: [192.168.1.2, "fd00:1::2"], snat: extra}]
forwards:
  - {port: 25}
`,
  'guests/site.yaml': 'interfaces: [{routed: failover}]\n',
};

function read(checks: string, change: Readonly<Record<string, string>> = {}): Desired {
  const text = { ...files, 'checks.yaml': `checks:\n${checks}`, ...change };
  const { desired, diagnostics } = parseState(
    Object.entries(text).map(([path, content]) => stateFile(path, Buffer.from(content))),
    {
      host: 'dom0',
      now,
    },
  );
  assert.ok(desired !== null, showDiagnostics(diagnostics));
  return desired;
}

function stateFile(path: string, content: Uint8Array): StateFile {
  return { path, kind: 'file', bytes: content.byteLength, content };
}

function run(checks: string): readonly Diagnostic[] {
  const desired = read(checks);
  return runChecks(desired, compileNat(desired), now);
}

describe('runChecks', () => {
  const kept = [
    '{from: internet, to: "main:80/tcp", reaches: "web:80"}',
    '{from: internet, to: "main:25/tcp", reaches: "mail:25"}',
    '{from: mail, to: "main:80/tcp", reaches: "web:80"}',
    '{from: 198.18.0.7, to: "main:2222/tcp", reaches: "web:22"}',
    '{from: internet, to: "main:2222/tcp", reaches: nothing}',
    '{from: internet, to: "main:22/tcp", reaches: host}',
    '{from: internet, to: "failover:80/tcp", reaches: "site:80"}',
    '{from: internet, to: "main:3306/tcp", reaches: nothing}',
    '{from: web, to: "192.0.2.9:25/tcp", leaves-as: main}',
    '{from: mail, to: "192.0.2.9:25/tcp", leaves-as: extra}',
    '{from: site, to: "192.0.2.9:25/tcp", leaves-as: failover}',
  ];
  for (const check of kept) it(`keeps ${check}`, () => assert.deepEqual(run(`  - ${check}\n`), []));

  const broken: readonly (readonly [check: string, instead: RegExp])[] = [
    [
      '{from: internet, to: "main:80/tcp", reaches: "mail:80"}',
      /must reach mail:80, but it reaches guest web at 192\.168\.1\.1:80/,
    ],
    [
      '{from: internet, to: "main:80/tcp", reaches: "web:8080"}',
      /must reach web:8080, but it reaches guest web at 192\.168\.1\.1:80/,
    ],
    ['{from: internet, to: "main:80/tcp", reaches: nothing}', /must reach nothing, but it reaches guest web/],
    ['{from: internet, to: "main:80/tcp", reaches: host}', /must reach the host, .* but it reaches guest web/],
    [
      '{from: internet, to: "main:3306/tcp", reaches: host}',
      /is delivered to the host itself at 203\.0\.113\.10:3306, which is not in `listens`/,
    ],
    [
      '{from: internet, to: "main:22/tcp", reaches: nothing}',
      /must reach nothing, but it is delivered to the host itself/,
    ],
    [
      '{from: internet, to: "main:2222/tcp", reaches: "web:22"}',
      /must reach web:22, but it is delivered to the host itself/,
    ],
    [
      '{from: web, to: "192.0.2.9:25/tcp", leaves-as: extra}',
      /must leave as extra, but it leaves by eth0 to 192\.0\.2\.9:25 as 203\.0\.113\.10/,
    ],
  ];
  for (const [check, instead] of broken) {
    it(`breaks ${check}`, () => {
      const [first] = run(`  - ${check}\n`);
      assert.ok(first !== undefined);
      assert.equal(first.code, 'check-failed');
      assert.equal(first.severity, 'error');
      assert.deepEqual(first.at, { file: 'checks.yaml', line: 2, column: 5 });
      assert.match(first.message, instead);
    });
  }

  it('shows the way of the packet with the place of each of our rules', () => {
    const text = showDiagnostics(run('  - {from: internet, to: "failover:80/tcp", reaches: "web:80"}\n'));
    assert.match(
      text,
      /^checks\.yaml:2:5: error\[check-failed\]: the check does not hold: internet to failover:80\/tcp must reach web:80, but it reaches guest site/,
    );
    assert.match(text, /198\.18\.1\.0 -> 198\.51\.100\.28:80\/tcp, coming in by eth0\n/);
    assert.match(text, /\n {4}NR-DST\n {6}1 {5}matches {2}natroute failover: ACCEPT: .*\(host\.yaml:5\)\n/);
    assert.match(text, /\n {4}=> reaches guest site at 198\.51\.100\.28:80, which sees 198\.18\.1\.0\n/);
  });

  it('checks an address with IPv4 and IPv6 on both, but a guest only where it has an IP', () => {
    const both = run('  - {from: internet, to: "main:25/tcp", reaches: nothing}\n');
    assert.deepEqual(
      both.map((d) => /at (\S+),/.exec(d.message)?.[1]),
      ['192.168.1.2:25', '[fd00:1::2]:25'],
    );
    assert.deepEqual(run('  - {from: internet, to: "main:80/tcp", reaches: "web:80"}\n'), []);
    const only = run('  - {from: internet, to: "[2001:db8:1::10]:80/tcp", reaches: "web:80"}\n');
    assert.match(
      only[0]?.message ?? '',
      /to \[2001:db8:1::10\]:80\/tcp must reach web:80, but it is delivered to the host/,
    );
  });

  it('takes no address of a group for internet', () => {
    const [first] = run('  - {from: internet, to: "main:2222/tcp", reaches: "web:22"}\n');
    assert.match(first?.detail?.[0] ?? '', /^198\.18\.1\.0 -> /);
  });

  it('says so when the groups leave no address for internet', () => {
    const everything = Array.from({ length: 112 }, (_, i) => `"${2 * i}.0.0.0/7"`).join(', ');
    const desired = read('  - {from: internet, to: "203.0.113.10:80/tcp", reaches: "web:80"}\n', {
      'groups.yaml': `admins: [198.18.0.0/24]\nall: [${everything.replace('"0.0.0.0/7"', '"1.0.0.0/8"')}]\n`,
    });
    const [first] = runChecks(desired, compileNat(desired), now);
    assert.match(first?.message ?? '', /no IP is left for internet/);
  });

  it('holds on the reference host', () => {
    const folder = (path: string): string[] => readdirSync(new URL(path, reference)).map((name) => `${path}${name}`);
    const names = [...folder('').filter((name) => name.endsWith('.yaml')), ...folder('guests/')];
    const { desired } = parseState(
      names.map((name) => stateFile(name, readFileSync(new URL(name, reference)))),
      { host: 'dom0', now },
    );
    assert.ok(desired !== null && desired.checks.length >= 8);
    assert.deepEqual(runChecks(desired, compileNat(desired), now), []);
  });

  it('runs 2,000 checks over 10,000 forwards in a moment', () => {
    const forwards = Array.from({ length: 10_000 }, (_, i) => `  - {port: ${10_000 + i}, to: 80}\n`).join('');
    const checks = Array.from(
      { length: 2000 },
      (_, i) => `  - {from: internet, to: "main:${10_000 + i * 5}/tcp", reaches: "web:80"}\n`,
    ).join('');
    const desired = read(checks, {
      'guests/web.yaml': `interfaces: [{network: lan, ip: 192.168.1.1}]\nforwards:\n${forwards}`,
    });
    const nat = compileNat(desired);
    const started = process.cpuUsage();
    assert.deepEqual(runChecks(desired, nat, now), []);
    assert.ok(process.cpuUsage(started).user < 3_000_000);
  });
});
