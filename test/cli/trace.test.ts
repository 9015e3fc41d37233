// Promise: `natroute trace` walks the rules in force, a working copy or the kernel's own rules, and names the place of each of ours.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Ajv } from 'ajv';
import type { Trace } from '../../src/core/trace/trace.ts';
import { type CliWorld, openCliWorld, type Ran } from './cli-world.ts';

const schemas = join(import.meta.dirname, '..', '..', 'schemas', 'output');
const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, strictRequired: false });
for (const name of readdirSync(schemas)) ajv.addSchema(JSON.parse(readFileSync(join(schemas, name), 'utf8')) as object);

interface TraceJson {
  readonly rules: string;
  readonly generation: number | null;
  readonly commit: { readonly commit: string } | null;
  readonly traces: readonly Trace[];
}

let world: CliWorld;
before(async () => {
  world = await openCliWorld();
});
after(() => world.end());

function parsed(ran: Ran): TraceJson {
  assert.equal(ran.code, 0, ran.error);
  const json = JSON.parse(ran.out) as TraceJson;
  assert.ok(ajv.validate('trace.schema.json', json), JSON.stringify(ajv.errors, null, 1));
  return json;
}

function endOf(json: TraceJson): string {
  return json.traces
    .flatMap(({ paths }) => paths.map(({ end }) => ('guest' in end ? `${end.guest}:${end.port}` : end.kind)))
    .join(' | ');
}

describe('natroute trace', () => {
  it('walks a folder on any machine, without config and rights', async () => {
    const own = await world.bare({ outside: true }, 'trace', 'internet', 'main:80/tcp', '--state', world.state);
    assert.equal(own.code, 0, own.error);
    assert.match(own.out, /^through the folder .*\n\n198\.18\.0\.1 -> 203\.0\.113\.10:80\/tcp, coming in by eth0\n/);
    assert.match(
      own.out,
      / {2}1 {5}matches {2}natroute web main:80\/tcp: DNAT to 192\.168\.1\.1:80 {2}\(guests\/web\.yaml:4\)\n/,
    );
    assert.match(own.out, /=> reaches guest web at 192\.168\.1\.1:80, which sees 198\.18\.0\.1\n$/);
  });

  it('before anything was fetched says what to do', async () => {
    const ran = await world.run('trace', 'internet', 'main:80/tcp');
    assert.equal(ran.code, 64);
    assert.match(ran.error, /nothing was fetched or applied on this host yet\n {2}help: /);
  });

  it('walks what is in force, and another commit where one is named', async () => {
    assert.equal((await world.run('apply', '--yes')).code, 0);
    const inForce = parsed(await world.run('trace', 'internet', 'main:80/tcp', '--json'));
    assert.deepEqual([inForce.rules, inForce.generation, endOf(inForce)], ['target', 1, 'web:80']);
    const first = world.git('rev-parse', 'HEAD');
    const next = world.commit({ 'guests/web.yaml': 'interfaces:\n  - {network: lan, ip: 192.168.1.1}\n' }, 'Close it');
    await world.run('plan');
    assert.equal(endOf(parsed(await world.run('trace', 'internet', 'main:80/tcp', '--json'))), 'web:80');
    const there = parsed(await world.run('trace', 'internet', 'main:80/tcp', '--commit', next, '--json'));
    assert.deepEqual([there.generation, there.commit?.commit, endOf(there)], [null, next, 'host']);
    const here = parsed(await world.run('trace', 'internet', 'main:80/tcp', '--commit', first, '--json'));
    assert.equal(endOf(here), 'web:80');
  });

  it('with --live walks what the kernel has, foreign rules and edits of ours too', async () => {
    const live = async (...more: string[]): Promise<TraceJson> =>
      parsed(await world.run('trace', ...more, '--live', '--json'));
    assert.equal(endOf(await live('internet', 'main:80/tcp')), 'web:80');
    await world.inside(
      'iptables',
      '-t',
      'nat',
      '-I',
      'PREROUTING',
      '1',
      '-p',
      'tcp',
      '--dport',
      '80',
      '-m',
      'mark',
      '--mark',
      '1',
      '-j',
      'REDIRECT',
    );
    const open = await live('internet', 'main:80/tcp');
    assert.equal(endOf(open), 'host | web:80');
    assert.equal(open.traces[0]?.verdict, 'unknown');
    await world.inside(
      'iptables',
      '-t',
      'nat',
      '-R',
      'NR-A-main',
      '1',
      '-p',
      'tcp',
      '-m',
      'tcp',
      '--dport',
      '80',
      '-m',
      'comment',
      '--comment',
      'natroute web main:80/tcp',
      '-j',
      'DNAT',
      '--to-destination',
      '192.168.1.9:80',
    );
    const text = await world.run('trace', 'internet', 'main:80/tcp', '--live');
    assert.match(
      text.out,
      /natroute web main:80\/tcp \(edited by hand\): DNAT to 192\.168\.1\.9:80 {2}\(guests\/web\.yaml:4\)/,
    );
    assert.match(text.out, /Way 1: if rule 1 of PREROUTING matches\n/);
    assert.match(text.out, /=> reaches nobody: no guest on br0 has 192\.168\.1\.9\n$/);
    await world.inside('iptables', '-t', 'nat', '-F', 'PREROUTING');
    assert.equal(endOf(await live('internet', 'main:80/tcp')), 'host');
  });

  const wrong: readonly (readonly [args: readonly string[], error: RegExp])[] = [
    [['bob', 'main:80/tcp'], /^natroute: there is no guest bob\n {2}help: .*web\.\n$/],
    [
      ['web', 'mian:80/tcp'],
      /^natroute: there is no address and no guest mian\n {2}help: The names are main, failover, web\.\n$/,
    ],
    [['web', 'main:80'], /^natroute: "main:80" does not say the protocol\n {2}help: /],
    [['web', 'main:0/tcp'], /^natroute: .*\n {2}help: /],
    [['010.0.0.1', 'main:80/tcp'], /^natroute: "010\.0\.0\.1" is not an IP\n {2}help: /],
    [['2001:db8::1', 'main:80/tcp'], /have no IPv4 or IPv6 in common/],
    [['web'], /missing required argument 'destination'/],
    [['web', 'main:80/tcp', '--commit', 'HEAD', '--state', '.'], /exclude each other/],
  ];
  for (const [args, error] of wrong) {
    it(`refuses ${args.join(' ')}`, async () => {
      const ran = await world.run('trace', ...args, ...(args.includes('--state') ? [] : ['--state', world.state]));
      assert.equal(ran.code, 64, ran.out);
      assert.match(ran.error, error);
      assert.equal(ran.out, '');
    });
  }
});
