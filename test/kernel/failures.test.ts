// Promise: whatever fails under a pass, on the real kernel and both backends, the tables are the old ones or the new
// ones, strangers' rules and counters included; the message says which, and the next pass ends in the new ones.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tableText } from '../../src/core/nat/save.ts';
import { createObserver } from '../../src/engine/observer.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import { families } from '../../src/model/family.ts';
import { Fault, type FaultCode } from '../../src/model/fault.ts';
import { oldRules, stateOfBoth } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { inside, runInside } from './inside.ts';
import { clear, load, openNetfilter, read, run, table } from './nat-table.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const programs = ['iptables-save', 'iptables-restore', 'ip6tables-save', 'ip6tables-restore'] as const;
type Program = (typeof programs)[number];

const folder = mkdtempSync(join(tmpdir(), 'natroute-failures-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Programs that do what was said with `misbehave` and else are the real ones; $real is the real one. */
function makePrograms(): void {
  for (const name of programs) {
    const script = `#!/bin/sh
real="/usr/sbin/xtables-${inside ?? ''}-multi ${name}"
deed=${folder}/${name}.deed
# In the throw-away namespace in which rules are spelled, nothing goes wrong.
case "$XTABLES_LOCKFILE" in *natroute-spell*) exec $real "$@" ;; esac
if [ -f $deed ]; then . $deed; fi
exec $real "$@"
`;
    writeFileSync(join(folder, name), script);
    chmodSync(join(folder, name), 0o755);
  }
}

/** From its nth call on, that often. */
function misbehave(name: Program, deed: string, { call = 1, times = 1 } = {}): void {
  const count = join(folder, `${name}.count`);
  rmSync(count, { force: true });
  const script = `n=$(($(cat ${count} 2>/dev/null || echo 0) + 1)); echo $n > ${count}
if [ $n -ge ${call} ] && [ $n -lt ${call + times} ]; then touch ${folder}/done; ${deed}
fi\n`;
  writeFileSync(join(folder, `${name}.deed`), script);
}

function behave(): boolean {
  const was = existsSync(join(folder, 'done'));
  for (const name of [...programs.map((one) => `${one}.deed`), 'done']) rmSync(join(folder, name), { force: true });
  return was;
}

let fake: FakeWorld;

function world(): FakeWorld {
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
  const netfilter = { ...fake.netfilter, ...openNetfilter({ env, lockWaitSeconds: 1 }) };
  const next = fake.restart();
  return { ...next, netfilter, observer: createObserver({ ...next, netfilter }) };
}

async function applyByPerson(more: Partial<PassRequest> = {}): Promise<PassReport> {
  const request = { ...daemonPass, ...more };
  return reconcile(world(), { ...request, approved: (await propose(world(), request)).digest });
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Fault, String(error));
  return error;
}

const live = (): string => families.map((family) => tableText(table(family))).join('\n');

/** Strangers' rules with their counters. */
const foreign = (): readonly string[] =>
  families.flatMap((family) => read(family).match(/^\[\d+:\d+\] -A (?!NR-)(?!.*--comment natroute -j).*$/gm) ?? []);

/** Strangers' rules with counters of their own, then generation 1 with port 80. */
async function begin(): Promise<string> {
  fake = createFakeWorld();
  let n = 0;
  for (const family of families) {
    const rules = [...oldRules(family), '-A DOCKER -j RETURN'].map((line) => `[${++n}:${n * 60}] ${line}`);
    assert.equal(load(family, ['*nat', ':DOCKER - [0:0]', ...rules, 'COMMIT', ''].join('\n')), null);
  }
  fake.mirror.push(stateOfBoth([80]));
  await applyByPerson();
  return live();
}

let whole: string | null = null;

/** Generation 1 in force, and a commit that also opens 443 waiting: what the tables are, and what they shall be. */
async function prepare(): Promise<{ old: string; wanted: string }> {
  if (whole === null) {
    await begin();
    fake.mirror.push(stateOfBoth([80, 443]));
    await reconcile(world(), daemonPass);
    whole = live();
    families.forEach(clear);
  }
  const old = await begin();
  fake.mirror.push(stateOfBoth([80, 443]));
  return { old, wanted: whole };
}

interface Failure {
  readonly what: string;
  readonly program: Program;
  readonly deed: string;
  readonly code: FaultCode;
  readonly said: RegExp;
}

const still = /The rules are still those of generation 1\.$/;
const back = /The rules of generation 1 were put back\.$/;
// DNAT may not stand in POSTROUTING: iptables takes the line and the kernel refuses it.
const refusal = (ip: string): string =>
  `cat > /dev/null; printf '*nat\\n-A POSTROUTING -j DNAT --to-destination ${ip}\\nCOMMIT\\n' | $real --noflush -w 5; exit $?`;
const refuse4 = refusal('1.2.3.4');
const refuse6 = refusal('fd00::1');
const before = `sed '/^COMMIT/d' > ${folder}/cut; mkfifo ${folder}/pipe; $real "$@" < ${folder}/pipe & r=$!; exec 3> ${folder}/pipe; cat ${folder}/cut >&3; sleep 0.3; kill -9 $r; rm ${folder}/pipe; kill -9 $$`;

const restores: readonly Failure[] = [
  { what: 'refused by the kernel', program: 'iptables-restore', deed: refuse4, code: 'rules-refused', said: still },
  {
    what: 'refused in the second family',
    program: 'ip6tables-restore',
    deed: refuse6,
    code: 'rules-refused',
    said: back,
  },
  {
    what: 'killed while it reads',
    program: 'iptables-restore',
    deed: 'head -c 30 > /dev/null; kill -9 $$',
    code: 'command-failed',
    said: still,
  },
  { what: 'killed before COMMIT', program: 'iptables-restore', deed: before, code: 'command-failed', said: still },
  {
    what: 'killed before COMMIT in the second family',
    program: 'ip6tables-restore',
    deed: before,
    code: 'command-failed',
    said: back,
  },
  {
    what: 'killed after COMMIT',
    program: 'iptables-restore',
    deed: '$real "$@"; kill -9 $$',
    code: 'command-failed',
    said: back,
  },
  {
    what: 'cut off before COMMIT',
    program: 'iptables-restore',
    deed: `sed '/^COMMIT/d' | $real "$@"; exit $?`,
    code: 'rules-refused',
    said: still,
  },
  {
    what: 'kept out by the lock',
    program: 'iptables-restore',
    deed: 'cat > /dev/null; echo "Another app is currently holding the xtables lock." >&2; exit 4',
    code: 'lock-held',
    said: still,
  },
];

const unreadable = 'table-unreadable' as const;
const saves: readonly (readonly [string, string, FaultCode, RegExp])[] = [
  ['cut in the middle of a line', '$real "$@" | head -c 330; exit 0', unreadable, /COMMIT is missing|cannot read/],
  [
    'cut at the end of a line',
    '$real "$@" | head -n 9; exit 0',
    unreadable,
    /ends inside table nat: COMMIT is missing\./,
  ],
  ['without COMMIT', '$real "$@" | sed /^COMMIT/d; exit 0', unreadable, /COMMIT is missing\./],
  ['of nothing at all', 'exit 0', unreadable, /^iptables-save ended well but did not print the nat table\./],
  [
    'with an unknown line',
    '$real "$@" | sed "4i ?? surprise"; exit 0',
    unreadable,
    /holds a line that natroute cannot read: \?\? surprise/,
  ],
  [
    'that is no text',
    `$real "$@"; printf '\\377\\376\\n'; exit 0`,
    unreadable,
    /holds a line that natroute cannot read: /,
  ],
  [
    'that calls the table incompatible',
    `echo "# Table \\\`nat' is incompatible, use 'nft' tool."; exit 0`,
    unreadable,
    /^iptables cannot show the nat table: /,
  ],
  [
    'that fails',
    'echo "out of memory" >&2; exit 3',
    'command-failed',
    /^iptables-save failed \(exit 3\): out of memory/,
  ],
  ['that is killed', '$real "$@" | head -c 200; kill -9 $$', 'command-failed', /^iptables-save was ended by SIGKILL\./],
];

/** Until a newer commit comes. */
async function isNotTriedAgain(old: string): Promise<void> {
  assert.equal((await reconcile(world(), daemonPass)).outcome, 'quarantined');
  assert.equal(live(), old);
  fake.mirror.push(stateOfBoth([80, 443]));
}

async function converges(wanted: string, strangers: readonly string[]): Promise<void> {
  await reconcile(world(), daemonPass);
  assert.equal((await reconcile(world(), daemonPass)).outcome, 'unchanged');
  assert.equal(live(), wanted);
  assert.deepEqual(foreign(), strangers);
  assert.equal(fake.files.text('/var/lib/natroute/intent.json'), null);
}

if (inside === null) {
  describe('failures', () => runInside(import.meta.url, 300));
} else {
  makePrograms();
  beforeEach(() => families.forEach(clear));
  afterEach(() => void behave());

  describe(`a restore on ${inside}`, () => {
    for (const { what, program, deed, code, said } of restores) {
      it(`${what}: the old table, told, and then the new one`, async () => {
        const { old, wanted } = await prepare();
        const strangers = foreign();
        misbehave(program, deed);
        const fault = await faultOf(reconcile(world(), daemonPass));
        assert.ok(behave(), 'it did misbehave');
        assert.equal(fault.code, code, fault.message);
        assert.match(fault.message, said);
        assert.equal(live(), old);
        if (code === 'rules-refused') await isNotTriedAgain(old);
        await converges(wanted, strangers);
      });
    }

    it('that fails once more on the way back: told that nothing is sure, and the next pass ends it', async () => {
      const { old, wanted } = await prepare();
      const strangers = foreign();
      misbehave('ip6tables-restore', refuse6);
      misbehave('iptables-restore', refuse4, { call: 2 });
      const fault = await faultOf(reconcile(world(), daemonPass));
      behave();
      assert.equal(fault.code, 'verify-failed');
      assert.match(fault.message, /Going back to generation 1 failed too: iptables-restore failed/);
      const halves = [old, wanted].map((text) => text.split('\n\n'));
      assert.deepEqual(live().split('\n\n'), [halves[1]?.[0], halves[0]?.[1]], 'each family is old or new');
      await converges(wanted, strangers);
    });

    it('that fails under --take: what was taken comes back, with its counters', async () => {
      const old = await begin();
      const strangers = foreign();
      misbehave('ip6tables-restore', refuse6);
      const fault = await faultOf(applyByPerson({ take: true }));
      assert.ok(behave());
      assert.match(fault.message, /The rules are still those of generation 1\.$/);
      assert.equal(live(), old);
      assert.deepEqual(foreign(), strangers);
      await applyByPerson({ take: true });
      assert.doesNotMatch(live(), /-A PREROUTING -p tcp -m tcp --dport 80 /);
      assert.match(live(), /-A PREROUTING -p tcp -m tcp --dport 443 /);
    });
  });

  describe(`a save on ${inside}`, () => {
    for (const [what, deed, code, said] of saves) {
      // The look, the comparison just before the change, the read-back just after it.
      for (const call of what === 'of nothing at all' ? [1, 2, 3] : [1, 3]) {
        it(`${what}, call ${call}: old or new, told, and then new`, async () => {
          const { old, wanted } = await prepare();
          const strangers = foreign();
          misbehave('iptables-save', deed, { call });
          const fault = await faultOf(reconcile(world(), daemonPass));
          assert.ok(behave(), 'it did misbehave');
          assert.equal(fault.code, code, fault.message);
          assert.match(fault.message, said);
          if (call > 1) assert.match(fault.message, call === 2 ? still : back);
          assert.equal(live(), old);
          await converges(wanted, strangers);
        });
      }
    }

    it('that never works again after the change: told that nothing is sure, and then new', async () => {
      const { wanted } = await prepare();
      const strangers = foreign();
      misbehave('iptables-save', 'exit 0', { call: 3, times: 100 });
      const fault = await faultOf(reconcile(world(), daemonPass));
      assert.match(fault.message, /Going back to generation 1 failed too: .* What is in the kernel is not known/);
      assert.equal(live(), wanted);
      await assert.rejects(reconcile(world(), daemonPass), /did not print the nat table/);
      behave();
      await converges(wanted, strangers);
    });
  });

  describe(`a host on ${inside}`, () => {
    it(
      'whose lock another holds: nothing is changed, and who holds it is told',
      { skip: inside === 'nft' },
      async () => {
        const { old, wanted } = await prepare();
        const strangers = foreign();
        const holder = spawn('flock', ['--no-fork', process.env['XTABLES_LOCKFILE'] ?? '', 'sleep', '20'], {
          stdio: 'ignore',
        });
        await sleep(300);
        const fault = await faultOf(reconcile(world(), daemonPass));
        holder.kill();
        assert.equal(fault.code, 'lock-held');
        assert.match(
          fault.message,
          /^sleep \(pid \d+\) has held the iptables lock for 1 s; this change was not made\./,
        );
        assert.match(fault.message, still);
        assert.equal(live(), old);
        await converges(wanted, strangers);
      },
    );

    it('with native nft rules in the nat table: not planned on, and told', { skip: inside === 'legacy' }, async () => {
      const { wanted } = await prepare();
      const strangers = foreign();
      const nft = (...words: readonly string[]): string => {
        const { code, out, err } = run('nft', words);
        assert.equal(code, 0, err);
        return out;
      };
      nft('add', 'rule', 'ip', 'nat', 'PREROUTING', 'tcp', 'dport', '77', 'dnat', 'to', '192.168.1.1');
      const ruleset = nft('list', 'ruleset');
      const fault = await faultOf(reconcile(world(), daemonPass));
      assert.equal(fault.code, 'table-unreadable');
      assert.match(fault.message, /^iptables cannot show the nat table: /);
      assert.match(fault.detail.help ?? '', /native nft rules/);
      assert.equal(nft('list', 'ruleset'), ruleset);
      const handle = /dport 77 .*# handle (\d+)/.exec(nft('-a', 'list', 'chain', 'ip', 'nat', 'PREROUTING'))?.[1];
      nft('delete', 'rule', 'ip', 'nat', 'PREROUTING', 'handle', handle ?? '');
      await converges(wanted, strangers);
    });

    it('from which iptables went away: told which package brings it', () => {
      const script = `
        import { openNetfilter } from ${JSON.stringify(new URL('nat-table.ts', import.meta.url).href)};
        await openNetfilter().save('v4').catch(({ code, message, detail }) => console.log(JSON.stringify([code, message, detail.help])));`;
      const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', script];
      const hidden = `mount --bind ${mkdtempSync(join(folder, 'empty-'))} /usr/sbin && exec "$@"`;
      const { out, err } = run('env', ['PATH=/usr/bin:/bin', 'unshare', '-m', 'sh', '-c', hidden, 'sh', ...node]);
      assert.equal(err, '');
      assert.deepEqual(JSON.parse(out), [
        'command-missing',
        'iptables is not installed on this host.',
        'Install it: apt-get install iptables',
      ]);
    });
  });
}
