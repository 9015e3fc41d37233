// Promise: what nft's own tools do to the nat table under iptables' feet is found, named and put right, or told with the
// command that mends it, although iptables-save prints the very same text.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createObserver } from '../../src/engine/observer.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import type { Family } from '../../src/model/family.ts';
import type { World } from '../../src/engine/world.ts';
import { limits } from '../../src/model/limits.ts';
import { tableText } from '../../src/core/nat/save.ts';
import { tableOfSave } from '../../src/core/trace/table.ts';
import { stateOfBoth } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';
import { inside, runInside } from './inside.ts';
import { load, must, openNetfilter, run, table } from './nat-table.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };

let fake: FakeWorld;
let world: World;
/** How often nft was asked, and how often a throw-away namespace was. */
let asked: { live: number; spelled: number };
let restores: string[];
/** What a throw-away namespace refuses. */
let unknownHere: string | null;

function nft(...words: readonly string[]): string {
  const { code, out, err } = run('nft', words);
  assert.equal(code, 0, `nft ${words.join(' ')}: ${err}`);
  return out;
}

const listing = (): string => nft('-s', 'list', 'table', 'ip', 'nat');
const live = (): string => tableText(table('v4'));

function handleOf(chain: string, part: string): string {
  const lines = nft('-a', 'list', 'chain', 'ip', 'nat', chain).split('\n');
  const handle = /# handle (\d+)$/.exec(lines.find((line) => line.includes(part)) ?? '')?.[1];
  assert.ok(handle !== undefined, `${part} is not in ${lines.join('\n')}`);
  return handle;
}

function replace(chain: string, part: string, rule: string): void {
  nft(`replace rule ip nat ${chain} handle ${handleOf(chain, part)} ${rule}`);
}

const pass = (): Promise<PassReport> => reconcile(world, daemonPass);

async function begin(ports: readonly number[] = [80, 443]): Promise<void> {
  run('nft', ['flush', 'ruleset']);
  for (const family of ['v4', 'v6'] as const) assert.equal(load(family, '*nat\nCOMMIT\n'), null);
  fake = createFakeWorld();
  const real = openNetfilter();
  asked = { live: 0, spelled: 0 };
  restores = [];
  unknownHere = null;
  const netfilter = {
    ...fake.netfilter,
    ...real,
    restore: (...[family, swap]: Parameters<typeof real.restore>) => {
      restores.push(swap.text);
      return real.restore(family, swap);
    },
    listing: (family: Family, filter?: boolean) => {
      asked.live += 1;
      return real.listing(family, filter);
    },
    listingOf: (family: Family, text: string) => {
      asked.spelled += 1;
      return real.listingOf(family, unknownHere !== null && text.includes(unknownHere) ? `${text}bad` : text);
    },
  };
  world = { ...fake, netfilter, observer: createObserver({ ...fake, netfilter }) };
  fake.mirror.push(stateOfBoth(ports));
  await reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });
  assert.equal((await pass()).outcome, 'unchanged');
}

/** The tampering leaves the text of the save, and one pass puts the table back. */
async function healed(tamper: () => void): Promise<PassReport> {
  const [text, listed] = [live(), listing()];
  tamper();
  assert.equal(live(), text, 'iptables shows what it showed before');
  assert.notEqual(listing(), listed);
  const report = await pass();
  assert.equal(report.outcome, 'healed');
  assert.equal(listing(), listed);
  assert.equal((await pass()).outcome, 'unchanged');
  return report;
}

const notes = (report: PassReport): readonly (string | null)[] =>
  report.proposal.drift.changes.map(({ action, chain, note }) => `${action} ${chain ?? ''}: ${note ?? ''}`);

if (inside === null) {
  describe('nft under the feet of iptables', () => runInside(import.meta.url, 120));
} else if (inside === 'legacy') {
  it('on legacy there is nothing more to ask', async () => {
    await begin();
    assert.equal(asked.spelled, 0);
    assert.equal(await openNetfilter().listing('v4'), null);
  });
} else {
  beforeEach(() => begin());

  it('what iptables shows goes first, and what came with it and iptables does not show goes with the next pass', async () => {
    fake.witness.changes = 1;
    assert.equal((await pass()).proposal.whole, true);
    const [before, asks] = [listing(), asked.live];
    must('v4', ...'-I NR-A-main 1 -p tcp --dport 2323 -j DNAT --to-destination 192.168.1.9:23'.split(' '));
    replace(
      'NR-DST',
      'NR-A-main',
      'ip saddr != { 9.9.9.9, 8.8.8.8 } ip daddr 203.0.113.10 counter jump NR-A-main comment "natroute main"',
    );
    fake.witness.changes = 2;
    const first = await pass();
    assert.deepEqual([first.outcome, first.proposal.whole, asked.live], ['healed', false, asks]);
    assert.doesNotMatch(listing(), /dport 2323/);
    const second = await pass();
    assert.deepEqual([second.outcome, second.proposal.whole], ['healed', true]);
    assert.match(notes(second).join(), /iptables does not show all of it/);
    assert.equal(listing(), before);
    assert.equal((await pass()).outcome, 'unchanged');
  });

  describe('a rule of ours', () => {
    const meaner = 'ip saddr != { 9.9.9.9, 8.8.8.8 } ip daddr 203.0.113.10';

    it('narrowed by a set is found, named and put right with two lines', async () => {
      restores = [];
      const report = await healed(() =>
        replace('NR-DST', 'NR-A-main', `${meaner} counter jump NR-A-main comment "natroute main"`),
      );
      assert.deepEqual(notes(report), [
        'update NR-DST: iptables does not show all of it; nft lists it as: ip saddr != { 8.8.8.8, 9.9.9.9 } ip daddr 203.0.113.10 counter jump NR-A-main comment "natroute main"',
      ]);
      assert.equal(restores.length, 1);
      assert.equal(restores[0]?.split('\n').length, 5, restores[0]);
    });

    it('that a map of verdicts or a range stands in for', async () => {
      await healed(() =>
        replace(
          'NR-DST',
          'NR-A-main',
          'ip daddr 203.0.113.9-203.0.113.10 counter jump NR-A-main comment "natroute main"',
        ),
      );
      await healed(() =>
        replace(
          'NR-DST',
          'NR-A-main',
          'ip daddr 203.0.113.1 ip daddr 203.0.113.10 counter jump NR-A-main comment "natroute main"',
        ),
      );
    });

    it('doubled, the good one first, by one that only looks like it', async () => {
      must(
        'v4',
        '-A',
        'NR-DST',
        '-d',
        '203.0.113.10',
        '-m',
        'comment',
        '--comment',
        'natroute main',
        '-j',
        'NR-A-main',
      );
      assert.equal((await pass()).outcome, 'healed');
      const listed = listing();
      nft(`add rule ip nat NR-DST ${meaner} counter jump NR-A-main comment "natroute main"`);
      const report = await pass();
      assert.equal(report.outcome, 'healed');
      assert.equal(listing(), listed);
    });

    it('is left by a policy that only reports', async () => {
      world = { ...world, config: { ...world.config, policy: { ...world.config.policy, drift: 'report' } } };
      replace('NR-DST', 'NR-A-main', `${meaner} counter jump NR-A-main comment "natroute main"`);
      const listed = listing();
      assert.equal((await pass()).outcome, 'reported');
      fake.mirror.push(stateOfBoth([80, 8080]));
      assert.equal((await pass()).outcome, 'applied');
      assert.equal((await pass()).outcome, 'reported');
      assert.deepEqual(
        listing()
          .split('\n')
          .filter((line) => line.includes('jump')),
        listed.split('\n').filter((line) => line.includes('jump')),
      );
    });

    it('that is only a jump: edited in place, and doubled ahead of the good one', async () => {
      await healed(() => replace('PREROUTING', 'NR-DST', 'ip ttl { 1, 2 } counter jump NR-DST comment "natroute"'));
      const listed = listing();
      nft('insert rule ip nat PREROUTING iifname { "a", "b" } counter jump NR-DST comment "natroute"');
      assert.equal((await pass()).outcome, 'healed');
      assert.equal(listing(), listed);
    });

    it('written anew with nft just as it was is no drift', async () => {
      replace('NR-DST', 'NR-A-main', 'ip daddr 203.0.113.10 jump NR-A-main comment "natroute main"');
      assert.equal((await pass()).outcome, 'unchanged');
    });
  });

  it('a stranger’s rule is told with what it holds, is left alone, and the walker does not guess', async () => {
    nft('insert rule ip nat PREROUTING tcp dport vmap { 80 : accept, 81 : drop } counter');
    assert.match(live(), /^-A PREROUTING -p tcp$/m);
    fake.clock.advance(limits.fullLookSeconds);
    await pass();
    nft('insert rule ip nat PREROUTING ip daddr { 203.0.113.10, 203.0.113.11 } counter accept');
    const listed = listing();
    const { proposal } = { proposal: await propose(world, daemonPass) };
    const [finding] = proposal.plan.findings.filter(({ code }) => code === 'foreign-shadows');
    assert.match(
      finding?.text ?? '',
      /until this plan puts it behind: -j ACCEPT \(iptables does not show all of it; nft lists it as: ip daddr \{ 203\.0\.113\.10, 203\.0\.113\.11 \} counter accept\)$/,
    );
    assert.equal(listing(), listed);
    const first = tableOfSave(proposal.observed.v4, null, 'v4').chain('PREROUTING')?.rulesFor('tcp', 22)[0]?.meaning();
    assert.deepEqual(first?.jump, { kind: 'unknown', target: 'a rule that iptables does not show whole' });
  });

  it('an ipset that a throw-away namespace does not have hides nothing of ours', async () => {
    const text = 'ip saddr != { 9.9.9.9 } ip daddr 203.0.113.10 counter jump NR-A-main comment "natroute main"';
    unknownHere = '--mark 0x7';
    must('v4', '-A', 'PREROUTING', '-m', 'mark', '--mark', '7', '-j', 'RETURN');
    replace('NR-DST', 'NR-A-main', text);
    assert.equal((await pass()).outcome, 'healed');
    assert.equal(restores.length, 3, 'the first rules of two families, and this');
  });

  describe('the table', () => {
    it('switched off is drift that is told with what mends it, until it is mended', async () => {
      const text = live();
      nft('add table ip nat { flags dormant; }');
      assert.equal(live(), text);
      const report = await pass();
      assert.equal(report.outcome, 'reported');
      assert.match(
        report.text,
        /^The table ip nat is switched off \(flags dormant\): none of its rules works, .* Switch it on again with: nft add table ip nat$/,
      );
      assert.deepEqual(
        report.proposal.drift.changes.map(({ key }) => key),
        ['as nft has it'],
      );
      assert.ok(report.proposal.plan.findings.some(({ code }) => code === 'native-nft'));
      fake.mirror.push(stateOfBoth([80, 443, 8080]));
      assert.equal((await pass()).outcome, 'applied', 'a push goes on');
      nft('add', 'table', 'ip', 'nat');
      assert.equal((await pass()).outcome, 'unchanged');
      const last = fake.ledger.records.at(-1);
      assert.deepEqual([last?.cause, last?.outcome, last?.reason], ['drift', 'healed', 'somebody else put it back']);
    });

    it('with a chain hooked in elsewhere is told with what mends it, and healed after that', async () => {
      const listed = listing();
      nft(
        'flush chain ip nat PREROUTING; delete chain ip nat PREROUTING; add chain ip nat PREROUTING { type nat hook prerouting priority -90; }',
      );
      await assert.rejects(
        pass(),
        /The chain PREROUTING of the table ip nat is hooked in as "type nat hook prerouting priority -90" instead of "type nat hook prerouting priority -100"\. Delete it/,
      );
      nft('delete chain ip nat PREROUTING');
      assert.equal((await pass()).outcome, 'healed');
      assert.deepEqual(listing().split('\n').sort(), listed.split('\n').sort());
    });

    it('without its chain is healed', async () => {
      const listed = listing();
      nft('flush chain ip nat PREROUTING; delete chain ip nat PREROUTING');
      assert.equal((await pass()).outcome, 'healed');
      assert.deepEqual(listing().split('\n').sort(), listed.split('\n').sort());
    });

    it('with a chain that drops by its policy is told with what undoes it', async () => {
      nft('add chain ip nat POSTROUTING { policy drop; }');
      const told = async (): Promise<readonly string[]> =>
        (await propose(world, daemonPass)).plan.findings.map(({ chain, text }) => `${chain}: ${text}`);
      const [finding = ''] = await told();
      assert.match(
        finding,
        /^POSTROUTING: The policy of POSTROUTING in the nat table is DROP: .* forwarded ones too\./,
      );
      assert.equal((await pass()).outcome, 'unchanged');
      const mend = /Undo it with: iptables (.*)$/.exec(finding)?.[1] ?? '';
      assert.equal(run('iptables', mend.split(' ')).code, 0);
      assert.deepEqual(await told(), []);
    });

    it('with one more chain of another type is told', async () => {
      nft('add chain ip nat theirs { type filter hook prerouting priority -300; policy drop; }');
      const { plan } = await propose(world, daemonPass);
      assert.deepEqual(
        plan.findings.map(({ code, text }) => `${code}: ${text}`),
        [
          'native-nft: The chain theirs of the table ip nat is a chain that iptables does not show (type filter hook prerouting priority -300). See it with: nft list chain ip nat theirs',
        ],
      );
      assert.equal((await pass()).outcome, 'unchanged');
    });
  });

  it('strangers’ sets of many lines, maps and names are read, and none of it is taken for ours', async () => {
    nft('add set ip nat named { type ipv4_addr; elements = { 1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4, 1.1.1.5 } }');
    const many = Array.from({ length: 40 }, (_, i) => `10.0.${i}.1`).join(', ');
    nft(
      `add chain ip nat THEIRS; add rule ip nat THEIRS ip saddr { ${many} } tcp dport vmap { 80 : accept, 81 : drop }`,
    );
    nft('add rule ip nat THEIRS ip daddr @named counter return comment "a } b {"');
    must('v4', '-A', 'THEIRS', '-p', 'tcp', '-m', 'multiport', '--dports', '80,443', '-j', 'RETURN');
    must(
      'v4',
      '-A',
      'THEIRS',
      '-m',
      'comment',
      '--comment',
      'it\'s } "{',
      '-m',
      'statistic',
      '--mode',
      'nth',
      '--every',
      '2',
      '--packet',
      '0',
      '-j',
      'RETURN',
    );
    const report = await pass();
    assert.equal(report.outcome, 'unchanged');
    assert.deepEqual(
      report.proposal.plan.findings.map(({ code }) => code),
      ['foreign-owner'],
    );
    const rules = report.proposal.observed.v4.chains.find(({ name }) => name === 'THEIRS')?.rules ?? [];
    assert.deepEqual(
      rules.map(({ beyond }) => beyond?.slice(0, 21)),
      ['ip saddr { 10.0.0.1, ', 'ip daddr @named count', undefined, undefined],
    );
  });

  it('ten thousand rules: what the look beyond iptables costs', async (t) => {
    const rules = Array.from(
      { length: 10_000 },
      (_, i) =>
        `-A BIG -p tcp -m tcp --dport ${i + 1} -m comment --comment "their rule ${i}" -j DNAT --to-destination 192.168.1.2:${i + 1}`,
    );
    assert.equal(
      run('iptables-restore', ['--noflush', '-w', '5'], ['*nat', ':BIG - [0:0]', ...rules, 'COMMIT', ''].join('\n'))
        .code,
      0,
    );
    const timed = async (work: () => Promise<unknown>): Promise<number> => {
      const start = performance.now();
      await work();
      return Math.round(performance.now() - start);
    };
    const save = await timed(() => world.netfilter.save('v4', false));
    const first = await timed(() => world.observer.read(false));
    const listed = await timed(() => world.netfilter.listing('v4'));
    const next = await timed(() => world.observer.read(false));
    const back = await timed(() => world.observer.readBack(false));
    t.diagnostic(
      `measured: 10,000 rules: save ${save} ms, listing ${listed} ms, read back ${back} ms, first whole look ${first} ms, next ones ${next} ms`,
    );
    const { observed } = await world.observer.read(false);
    assert.ok(observed.v4.chains.every(({ rules }) => rules.every(({ beyond }) => beyond === undefined)));
    assert.ok(next < first, 'what was spelled is not spelled again');
  });

  it('a rule that was spelled once is not spelled again', async () => {
    const before = { ...asked };
    for (let i = 0; i < 3; i++) assert.equal((await pass()).outcome, 'unchanged');
    assert.equal(asked.spelled, before.spelled);
    assert.equal(asked.live, before.live + 6, 'nobody watches: each look is a whole one');
  });
}
