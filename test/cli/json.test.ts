// Every --json output, from real runs with empty and with rich states, against its schema in schemas/output.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { hostFile, webFile } from '../fakes/reference.ts';
import { type CliWorld, openCliWorld } from './cli-world.ts';

const folder = join(import.meta.dirname, '..', '..', 'schemas', 'output');
const ajv = new Ajv({
  allErrors: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allowUnionTypes: true,
});
for (const name of readdirSync(folder)) ajv.addSchema(JSON.parse(readFileSync(join(folder, name), 'utf8')) as object);

const seen = new Set<string>();

/** The run's standard output, which must be one JSON value of that schema and nothing else. */
async function json(
  world: CliWorld,
  schema: string,
  args: readonly string[],
  { code = 0 }: { readonly code?: number } = {},
): Promise<Record<string, unknown>> {
  const ran = await world.run(...args, '--json');
  assert.equal(ran.code, code, `${args.join(' ')}: ${ran.out}${ran.error}`);
  // Nothing that a terminal or a reader of lines could take for more than text.
  assert.doesNotMatch(ran.out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
  const value = JSON.parse(ran.out) as Record<string, unknown>;
  const validate = ajv.getSchema(`${schema}.schema.json`);
  assert.ok(validate, schema);
  assert.ok(validate(value), `${args.join(' ')}: ${JSON.stringify(validate.errors, null, 1)}`);
  seen.add(schema);
  return value;
}

const hostile = 'a "quote" \\ \u001b[31m\u202e\u2028\u0085\u009b}],{ \ud83d\ude00';

describe('JSON of an empty host', () => {
  let world: CliWorld;
  before(async () => {
    world = await openCliWorld({ 'host.yaml': hostFile });
  });
  after(() => world.end());

  it('validates, command by command', async () => {
    assert.deepEqual((await json(world, 'validate', ['validate', world.state]))['diagnostics'], []);
    const rendered = await json(world, 'render', ['render', world.state, '--out', join(world.top, 'out')]);
    assert.deepEqual(rendered['files'], [
      'boot.v4',
      'boot.v6',
      'files/etc/sysctl.d/99-natroute.conf',
      'graph.mmd',
      'graph.svg',
      'host/interfaces',
      'nat.v4',
      'nat.v6',
    ]);
    assert.equal((await json(world, 'status', ['status']))['generation'], null);
    assert.deepEqual((await json(world, 'history', ['history']))['entries'], []);
    assert.equal((await json(world, 'blame', ['blame']))['newest'], null);
    assert.equal((await json(world, 'history-verify', ['history', '--verify']))['entries'], 0);
    assert.deepEqual((await json(world, 'history-port', ['history', '--port', '80/tcp']))['openings'], []);
    assert.equal((await json(world, 'history-at', ['history', '--at', '2026-01-01', '--rules']))['rules'], null);
    assert.equal((await json(world, 'resume', ['resume']))['ended'], null);
    assert.equal((await json(world, 'approve', ['approve', '--rewrite', '--yes']))['moved'], true);
    assert.deepEqual((await json(world, 'drift', ['drift']))['changes'], []);
    assert.equal((await json(world, 'adopt', ['adopt']))['drift'], null);
    assert.equal((await json(world, 'doctor', ['doctor']))['deliveries'], null);
    assert.deepEqual((await json(world, 'unload', ['unload', '--yes']))['changes'], []);
    await world.inside(
      'sh',
      '-c',
      'ip link add eth0 type veth peer name up0 && ip address add 203.0.113.10/24 dev eth0 && ip link set eth0 up && ip link set up0 up && ip route add default via 203.0.113.1',
    );
    await world.inside('iptables', '-t', 'nat', '-A', 'PREROUTING', '-m', 'owner', '-j', 'RETURN');
    await world.inside(
      'iptables',
      '-t',
      'nat',
      '-A',
      'PREROUTING',
      '-i',
      'eth0',
      '-j',
      'REDIRECT',
      '-p',
      'tcp',
      '--to-ports',
      '1',
    );
    const imported = await json(world, 'import', ['import', '--out', join(world.top, 'imported')]);
    assert.deepEqual([imported['guests'], imported['forwards']], [0, 0]);
    await world.inside('sh', '-c', 'iptables -t nat -F; ip link del eth0');
    assert.ok(Array.isArray((await json(world, 'init', ['init', join(world.top, 'new')]))['files']));
    // The shields of a routed address are rules too, so that even a host without guests has a plan.
    const plan = await json(world, 'plan', ['plan']);
    assert.equal(plan['generation'], null);
    assert.equal((await json(world, 'apply', ['apply', '--yes']))['outcome'], 'applied');
    assert.equal((await json(world, 'apply', ['apply', '--yes']))['outcome'], 'unchanged');
  });
});

describe('JSON of a full host', () => {
  let world: CliWorld;
  before(async () => {
    world = await openCliWorld({
      'host.yaml': `${hostFile}timezone: Europe/Paris\n`,
      'groups.yaml': 'admins: [192.0.2.77, 198.51.100.0/25]\n',
      'guests/web.yaml': `interfaces:
  - {network: lan, ip: 192.168.1.1}
forwards:
  - {port: 80, description: ${JSON.stringify('a \\u202e b')}}
  - {port: 2222, to: 22, from: [admins]}
  - {port: 50000-50010, to: 60000-60010, protocol: [tcp, udp]}
  - {port: 8443, to: 443, until: 2037-12-31}
`,
      'guests/siteclient.yaml': 'interfaces: [{routed: failover}]\n',
    });
    world.commit({}, hostile);
  });
  after(() => world.end());

  it('a first apply, with a commit whose subject is hostile and a foreign rule ahead', async () => {
    await world.inside(
      ...['iptables', '-t', 'nat', '-A', 'PREROUTING', '-p', 'tcp', '--dport', '3306'],
      ...[
        '-m',
        'comment',
        '--comment',
        hostile.replaceAll('\u2028', '').slice(0, 40),
        '-j',
        'DNAT',
        '--to',
        '10.9.9.9',
      ],
    );
    const plan = await json(world, 'plan', ['plan', '--exit-code'], { code: 2 });
    assert.equal((plan['findings'] as object[]).length > 0, true);
    assert.match((plan['commit'] as { subject: string }).subject, /^a "quote" \\ .*\}\],\{ \u{1f600}$/u);
    const other = await world.run('plan', '--format', 'json');
    assert.deepEqual(JSON.parse(other.out), plan);
    const applied = await json(world, 'apply', ['apply', '--yes']);
    assert.deepEqual([applied['outcome'], applied['cause'], applied['generation']], ['applied', 'push', 1]);
    await json(world, 'status', ['status']);
    for (const from of ['internet', '192.0.2.77', 'host'])
      await json(world, 'trace', ['trace', from, 'main:2222/tcp', '--live']);
  });

  it('drift of every kind, and its heal', async () => {
    const nat = (...args: string[]) => world.inside('iptables', '-t', 'nat', ...args);
    await nat('-D', 'PREROUTING', '1');
    await nat('-I', 'NR-A-main', '-p', 'tcp', '--dport', '23', '-j', 'DNAT', '--to', '192.168.1.9:23');
    await nat('-D', 'NR-SRC', '1');
    const drift = await json(world, 'drift', ['drift', '--exit-code'], { code: 2 });
    assert.equal((drift['changes'] as object[]).length > 2, true);
    assert.equal((drift['impact'] as object[]).length > 2, true);
    const live = await json(world, 'adopt', ['adopt'], { code: 1 });
    assert.equal((live['left'] as object[]).length, (drift['changes'] as object[]).length);
    await nat('-D', 'NR-A-main', '2');
    const adopted = await json(world, 'adopt', ['adopt', '--branch', 'adopt-json']);
    assert.match(String(adopted['patch']), /^diff --git a\/guests\/web\.yaml/);
    assert.equal((adopted['branch'] as { name: string }).name, 'adopt-json');
    await json(world, 'plan', ['plan']);
    const healed = await json(world, 'apply', ['apply', '--yes']);
    assert.deepEqual([healed['outcome'], healed['cause']], ['healed', 'heal']);
  });

  it('a broken commit: diagnostics in validate, nothing on the output of plan', async () => {
    world.commit({
      'guests/web.yaml': `${webFile([80, 80, 0])}\u0085nme: "\u009b"\n`,
      'guests/big.yaml': 'a'.repeat(2_000_000),
    });
    const invalid = await json(world, 'validate', ['validate', world.state, '--host', 'dedibox'], { code: 1 });
    assert.equal(invalid['valid'], false);
    assert.ok((invalid['diagnostics'] as object[]).length > 1);
    const plan = await world.run('plan', '--json');
    assert.deepEqual([plan.code, plan.out], [1, '']);
    assert.match(plan.error, /error\[/);
    world.commit({ 'guests/web.yaml': webFile([443]), 'guests/big.yaml': null });
    await json(world, 'apply', ['apply', '--yes']);
  });

  it('a suspension, drift under it, and its end', async () => {
    const suspended = await json(world, 'suspend', [
      'suspend',
      '--reason',
      hostile,
      '--for',
      '2h',
      '--only',
      'main:443/tcp',
    ]);
    assert.equal((suspended['suspension'] as { reason: string }).reason, hostile);
    await json(world, 'suspend', ['suspend', '--reason', 'all of it', '--for', '1m']);
    await world.inside('iptables', '-t', 'nat', '-F', 'NR-A-main');
    const drift = await json(world, 'drift', ['drift']);
    assert.deepEqual(
      (drift['items'] as { done: string }[]).map(({ done }) => done),
      ['suspended'],
    );
    assert.equal(((await json(world, 'plan', ['plan']))['suspensions'] as object[]).length, 2);
    assert.equal(((await json(world, 'status', ['status']))['suspensions'] as object[]).length, 2);
    const { suspensions } = await json(world, 'resume', ['resume']);
    assert.equal((suspensions as object[]).length, 2);
    await json(world, 'apply', ['apply', '--yes']);
  });

  it('history, one entry, a hold, and the end', async () => {
    const { entries } = (await json(world, 'history', ['history'])) as { entries: { id: string }[] };
    assert.equal(entries.length >= 4, true);
    for (const { id } of entries)
      assert.equal((await json(world, 'history-entry', ['history', id.slice(0, 12)]))['id'], id);
    const rules = (await json(world, 'blame', ['blame']))['rules'] as { kind: string; commit: object | null }[];
    assert.deepEqual([...new Set(rules.map(({ kind }) => kind))], ['forward', 'frame', 'stranger']);
    assert.ok(rules.every(({ kind, commit }) => (kind === 'stranger') === (commit === null)));
    const verified = await json(world, 'history-verify', ['history', '--verify']);
    assert.deepEqual([verified['damage'], verified['differing']], [[], []]);
    assert.ok((verified['same'] as number) > 1);
    const port = await json(world, 'history-port', ['history', '--port', '50005/udp']);
    assert.ok((port['openings'] as object[]).length > 0);
    const at = await json(
      world,
      'history-at',
      ['history', '--at', new Date().toISOString(), '--rules'].map((word) => word.replace(/\.\d+Z$/, 'Z')),
    );
    assert.ok((at['open'] as object[]).length > 0);
    await json(world, 'apply', ['apply', '--yes', '--commit', 'HEAD~2']);
    assert.notEqual((await json(world, 'status', ['status']))['held'], null);
    assert.notEqual((await json(world, 'resume', ['resume']))['ended'], null);
    const back = await json(world, 'rollback', ['rollback', '--yes']);
    assert.equal((await json(world, 'status', ['status']))['restores'], back['restores']);
    await world.run('resume');
    world.commit({ 'guests/web.yaml': webFile([80, 8080]) });
    assert.equal((await json(world, 'approve', ['approve', '--yes']))['moved'], false);
    const local = `repository: {url: ${world.state}, branch: main}\nhost: dedibox\n`;
    world.config(`${local}confirm: {within: 60s, probes: [{ping: gateway}, {inbound: 22/tcp}]}\n`);
    world.commit({ 'guests/web.yaml': webFile([80, 8080, 8081]) });
    const apply = [process.execPath, world.bundle, '--root', world.root, 'apply', '--yes'];
    const waits = await world.background(apply, / must be confirmed until .*\n/);
    const { unconfirmed } = await json(world, 'status', ['status']);
    assert.match(JSON.stringify(unconfirmed), /a new connection from outside/);
    assert.equal((await json(world, 'confirm', ['confirm']))['outcome'], 'confirmed');
    await waits.stop();
    world.config(local);
    const unloaded = await json(world, 'unload', ['unload', '--yes']);
    assert.equal((unloaded['changes'] as object[]).length > 5, true);
  });

  it('the daemon: status while it runs, with a commit that it had to reject', async () => {
    await json(world, 'apply', ['apply', '--yes']);
    const daemon = await world.daemon();
    try {
      world.commit({ 'guests/web.yaml': webFile([0]) });
      let status = await json(world, 'status', ['status']);
      for (const until = Date.now() + 60_000; status['rejected'] === null && Date.now() < until;)
        status = await json(world, 'status', ['status']);
      assert.notEqual(status['daemon'], null);
      assert.match((status['rejected'] as { reason: string }).reason, /has 1 error/);
    } finally {
      assert.equal((await daemon.stop()).code, 0);
    }
  });
});

it('every schema was put to the test, and allows nothing beside what it says', () => {
  const names = readdirSync(folder).map((name) => name.replace('.schema.json', ''));
  assert.deepEqual(
    names.filter((name) => name !== 'common' && !seen.has(name)),
    [],
  );
  for (const name of names) {
    const closed = (schema: unknown, path: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      if ('properties' in schema)
        assert.equal((schema as { additionalProperties?: unknown }).additionalProperties, false, path);
      for (const [key, inner] of Object.entries(schema)) closed(inner, `${path}/${key}`);
    };
    closed(JSON.parse(readFileSync(join(folder, `${name}.schema.json`), 'utf8')), name);
  }
});
