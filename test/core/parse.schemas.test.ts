/**
 * The schemas that we publish: they say what DESIGN promises, explain every key, take all that the parser takes, and
 * the files made from them are up to date.
 */
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { fc } from '../property.ts';
import { parse as parseYaml } from 'yaml';
import { parseConfig } from '../../src/config.ts';
import { isFormat, problemOf } from '../../src/core/parse/formats.ts';
import { parseState } from '../../src/core/parse/parse.ts';
import { limits } from '../../src/model/limits.ts';
import { filesBelow, golden, stateOf } from './state-files.ts';

const top = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const names = ['host', 'guest', 'checks', 'groups', 'config'] as const;
type Name = (typeof names)[number];
type Json = Readonly<Record<string, unknown>>;

const schemaOf = (name: Name): Json =>
  JSON.parse(readFileSync(join(top, 'schemas', `${name}.schema.json`), 'utf8')) as Json;

/** As an editor reads it: patterns and oneOf count, our formats mean nothing. */
function asEditors(name: Name): ValidateFunction {
  return new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(schemaOf(name));
}

/** Every schema inside a schema, with its path. */
function* inside(schema: unknown, path = ''): Generator<readonly [string, Json]> {
  if (typeof schema !== 'object' || schema === null) return;
  if (!Array.isArray(schema)) yield [path, schema as Json];
  for (const [key, inner] of Object.entries(schema)) if (key !== 'examples') yield* inside(inner, `${path}/${key}`);
}

describe('published schemas', () => {
  for (const name of names) {
    it(`${name}: is a sound schema with a title, and its own examples fit it`, () => {
      const schema = schemaOf(name);
      assert.equal(typeof schema['title'], 'string');
      const validate = asEditors(name);
      for (const example of schema['examples'] as readonly unknown[])
        assert.ok(validate(example), JSON.stringify(validate.errors));
    });

    it(`${name}: explains every key`, () => {
      const definitions = (schemaOf(name)['definitions'] ?? {}) as Readonly<Record<string, Json>>;
      for (const [path, schema] of inside(schemaOf(name))) {
        if (path.includes('/oneOf/') || typeof schema['properties'] !== 'object') continue;
        for (const [key, property] of Object.entries(schema['properties'] as Readonly<Record<string, Json>>)) {
          const target = definitions[String(property['$ref']).replace('#/definitions/', '')];
          assert.equal(typeof (property['description'] ?? target?.['description']), 'string', `${path}.${key}`);
        }
      }
    });

    it(`${name}: every example of a value is one that the parser takes`, () => {
      let seen = 0;
      for (const [path, schema] of inside(schemaOf(name)))
        if (isFormat(schema['format']))
          for (const example of (schema['examples'] ?? []) as readonly unknown[])
            for (const text of [example].flat().map(String)) {
              assert.equal(problemOf(schema['format'], text), null, `${path}: ${text}`);
              seen++;
            }
      assert.ok(seen > 0);
    });

    it(`${name}: uses only formats that have a meaning`, () => {
      for (const [path, schema] of inside(schemaOf(name)))
        if (typeof schema['format'] === 'string') assert.ok(isFormat(schema['format']), path);
    });
  }

  it('have patterns that take whatever our reading takes', () => {
    const samples = [
      '1',
      '80',
      '65535',
      '50000-50100',
      '22/tcp',
      '60000-61000/udp',
      '0.0.0.0',
      '192.168.1.1',
      '192.168.1.0/24',
      '203.0.113.10/24',
      '10.0.0.0/8',
      '2001:db8::1',
      '2001:DB8::/32',
      '::1',
      'fd00:1::/64',
      '00:16:3e:00:00:28',
      'AA:16:3E:00:00:28',
      'main',
      'a',
      'x1_-y',
      'web.example-1',
      'Web',
      'eth0',
      'br0.100',
      'internet',
      'host',
      'nothing',
      'web:80',
      'main:80/tcp',
      '[2001:db8::9]:25/udp',
      '192.0.2.9:25/sctp',
      '2026-12-31',
      '2026-12-31T18:00',
      '2026-12-31 18:00:01Z',
      '2026-12-31T18:00+01:00',
      'UTC',
      'Europe/Paris',
      '60s',
      '1d',
      'tcp',
      'sctp',
      'xvda',
      'xvdaa1',
      'sda12',
      'hdc',
      'cdn',
      'd',
      'masquerade',
      'none',
      'cpu_weight',
      'net.ipv4.ip_forward',
      'net/ipv4/conf/eth0.100/proxy_arp',
      '/dev/vg0/lv2',
      'x'.repeat(23),
      'x'.repeat(32),
      'x'.repeat(15),
    ];
    let compared = 0;
    const check = (pattern: string, format: unknown, text: string, path: string): void => {
      if (!isFormat(format) || problemOf(format, text) !== null) return;
      compared++;
      assert.match(text, new RegExp(pattern, 'u'), `${path} refuses ${text}`);
    };
    const patterns = names.flatMap((name) =>
      [...inside(schemaOf(name), name)].filter(([, s]) => typeof s['pattern'] === 'string'),
    );
    for (const [path, schema] of patterns)
      for (const text of samples) check(String(schema['pattern']), schema['format'], text, path);
    assert.ok(compared > 60, String(compared));
    fc.assert(
      fc.property(fc.constantFrom(...patterns), fc.stringMatching(/^[a-z0-9.:/_-]{1,12}$/), ([path, schema], text) =>
        check(String(schema['pattern']), schema['format'], text, path),
      ),
      { numRuns: 20_000 },
    );
  });

  it('take every golden file that the parser takes', () => {
    const validators = new Map(names.map((name) => [name, asEditors(name)]));
    let files = 0;
    for (const folder of ['reference', 'parse/valid/in', 'parse/expired/in', 'parse/unexpected-file/in'])
      for (const { path, content } of filesBelow(join(golden, folder))) {
        const name = path.startsWith('guests/') ? 'guest' : names.find((n) => path === `${n}.yaml`);
        if (name === undefined || !/^[^/]+\.yaml$|^guests\/[^/]+\.yaml$/.test(path)) continue;
        const validate = validators.get(name);
        assert.ok(
          validate?.(parseYaml(Buffer.from(content ?? []).toString())),
          `${folder}/${path} ${JSON.stringify(validate?.errors)}`,
        );
        files++;
      }
    assert.ok(files > 10);
  });
});

describe('the examples of DESIGN', () => {
  const host = `# yaml-language-server: $schema=./.natroute/host.schema.json
uplink: {interface: eth0, gateway: 203.0.113.1}
addresses:                       # the public addresses; the first is the default of every forward
  main: 203.0.113.10/24
  failover: {ip: 198.51.100.28, mac: "00:16:3e:00:00:28", reached: arp}
  failover2: {ip: [198.51.100.29, "2001:db8::29"], interface: eth1}
networks:
  lan: {bridge: br0, subnet: 192.168.1.0/24, gateway: 192.168.1.254, snat: masquerade, hairpin: true}
listens: [22/tcp]
toolstack: xl
timezone: Europe/Paris
guestDefaults: {type: pv, boot: {bootloader: pygrub}}
routes: [{to: 10.8.0.0/24, via: 192.168.1.7}]
sysctl: {net.ipv4.tcp_syncookies: 1}
`;
  const mail = `description: Zimbra
owner: info16
memory: 512                      # MiB
vcpus: 2
state: running
autostart: true
restart: allowed
disks: [{path: /dev/vg0/lv2, as: xvda, mode: w}]
interfaces:
  - {network: lan, ip: 192.168.1.2, mac: "00:16:3a:11:11:00"}
options: {cpu_weight: 256, on_crash: restart}
forwards:
  - {port: 25, description: smtp}
  - {port: 2222, to: 22, from: [admins]}
  - {port: 993, protocol: [tcp, udp]}
  - {port: [80, 443], address: failover2}
  - {port: 50000-50100, to: 60000-60100}
  - {port: 8443, to: 443, until: 2026-12-31}
`;
  const siteclient = `memory: 512
vcpus: 2
disks: [{path: /dev/vg0/lv11, as: xvda, mode: w}]
interfaces: [{routed: failover}]
`;
  const checks = `checks:
  - {from: internet, to: "main:80/tcp", reaches: "mail:80"}
  - {from: internet, to: "failover:80/tcp", reaches: "siteclient:80"}
  - {from: 192.0.2.77, to: "main:22/tcp", reaches: host}
  - {from: internet, to: "main:3306/tcp", reaches: nothing}
  - {from: mail, to: "192.0.2.9:25/tcp", leaves-as: main}
`;
  const groups = 'admins: [192.0.2.77, "2001:db8:7::/48"]\n';
  const config = `repository:
  url: git@git.example.org:ops/dom0.git
  branch: main
  key: /etc/natroute/deploy_key
  knownHosts: /etc/natroute/known_hosts
  signers: /etc/natroute/allowed_signers
host: dedibox
schedule: "*/15 * * * * *"
policy: {commits: apply, drift: heal, deletions: apply}
windows: {restart: [{cron: "0 3 * * 0", for: 2h, timezone: Europe/Paris}]}
confirm: {within: 60s, probes: [{tcp: "203.0.113.1:179"}, {ping: gateway}, {inbound: 22/tcp}]}
allow:
  disks: ["/dev/vg0/*"]
  bootloaders: [pygrub]
  kernels: []
  scripts: [vif-bridge, vif-route]
  bridges: [br0]
  options: [cpu_weight, on_crash, on_reboot, on_poweroff]
  sysctls: ["net.ipv4.*", "net.ipv6.*"]
listen: 127.0.0.1:9468
hook: {listen: "0.0.0.0:9469", certificate: /etc/natroute/hook.crt, key: /etc/natroute/hook.key, secretFile: /etc/natroute/hook_secret}
notify: [{type: slack, urlFile: /etc/natroute/slack_url, events: [drift, failed, applied]}]
ledger: {remote: null, signingKey: null}
`;

  it('are taken by the parser', () => {
    const files = {
      'host.yaml': host,
      'guests/mail.yaml': mail,
      'guests/siteclient.yaml': siteclient,
      'checks.yaml': checks,
      'groups.yaml': groups,
    };
    const { desired, diagnostics } = parseState(stateOf(files), { host: 'dedibox', now: new Date('2026-06-01') });
    assert.deepEqual(diagnostics, []);
    assert.equal(desired?.guests[0]?.forwards.length, 8);
    const local = parseConfig(config, 'config.yaml', { hostname: 'x' });
    assert.deepEqual(local.diagnostics, []);
    assert.equal(local.config?.host, 'dedibox');
  });

  it('are taken by editors', () => {
    const files: readonly (readonly [Name, string])[] = [
      ['host', host],
      ['guest', mail],
      ['guest', siteclient],
      ['checks', checks],
      ['groups', groups],
      ['config', config],
    ];
    for (const [name, text] of files) {
      const validate = asEditors(name);
      assert.ok(validate(parseYaml(text)), JSON.stringify(validate.errors));
    }
  });
});

describe('limits', () => {
  it('are the same in the schemas', () => {
    const properties = schemaOf('host')['properties'] as Readonly<Record<string, Json>>;
    assert.equal(properties['addresses']?.['maxProperties'], limits.addresses);
  });
});

describe('generated files', () => {
  it('are what the schemas say', () => {
    const run = spawnSync(process.execPath, ['deploy/generate.mjs', '--check'], { cwd: top, encoding: 'utf8' });
    assert.equal(run.stderr, '');
    assert.equal(run.status, 0);
  });

  it('are checked for every schema that people write', () => {
    const generated = readdirSync(join(top, 'src', 'model', 'generated'));
    assert.deepEqual(generated.sort(), names.map((n) => `${n}-file.ts`).sort());
  });
});
