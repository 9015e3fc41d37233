// Promise: every rule of iptables' own test suite that this kernel takes in the nat table is read and printed byte for
// byte, and natroute plans, applies, heals and unloads around all of them at once without touching one.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { compileNat } from '../../src/core/nat/compile.ts';
import { diffNat, unloadNat } from '../../src/core/nat/diff.ts';
import { parseRule } from '../../src/core/nat/rule.ts';
import { parseSave, tableText } from '../../src/core/nat/save.ts';
import { families, type Family } from '../../src/model/family.ts';
import type { NatTarget } from '../../src/model/target.ts';
import { address, desired, guest, host, network } from '../core/nat-fixture.ts';
import { extensionRules, fetchExtensions } from './extensions.ts';
import { inside, runInside } from './inside.ts';
import { clear, openNetfilter, read, run } from './nat-table.ts';

const places = ['PREROUTING', 'OUTPUT', 'POSTROUTING', 'FOREIGN'] as const;
const programs = { v4: 'iptables', v6: 'ip6tables' } as const;

function insert(family: Family, lines: readonly string[]): boolean {
  const text = ['*nat', ...lines, 'COMMIT', ''].join('\n');
  return run(`${programs[family]}-restore`, ['--noflush', '-w', '5'], text).code === 0;
}

/** As many of the lines as the kernel takes: by halves, because most are taken together. */
function insertAll(family: Family, lines: readonly string[]): number {
  if (lines.length === 0) return 0;
  if (insert(family, lines)) return lines.length;
  if (lines.length === 1) return 0;
  const half = lines.length >> 1;
  return insertAll(family, lines.slice(0, half)) + insertAll(family, lines.slice(half));
}

const target = (family: Family, ports: readonly number[]): NatTarget => {
  const ips = { v4: '192.168.1.2', v6: 'fd00::2' };
  return compileNat(
    desired(
      host(
        [address('main', { v4: '203.0.113.10', v6: '2001:db8::10' })],
        [network('lan', 'br0', ['192.168.1.0/24', 'fd00::/64'])],
      ),
      [
        guest(
          'mail',
          ips,
          ports.map((port) => ({ port })),
        ),
      ],
    ),
  )[family];
};

/** The save's lines that are strangers', counters and all. */
function foreignLines(save: string): readonly string[] {
  return save
    .split('\n')
    .filter((line) => /^(\[|:(?!NR-))/.test(line) && !/ -A NR-|comment natroute -j NR-/.test(line));
}

async function apply(family: Family, wanted: NatTarget, previous: NatTarget | null): Promise<number> {
  const netfilter = openNetfilter();
  const plan = diffNat(wanted, parseSave(await netfilter.save(family)), { family, previous });
  if (plan.restore === null) return 0;
  await netfilter.restore(family, { text: plan.restore, plannedOn: plan.plannedOn });
  const left = diffNat(wanted, parseSave(await netfilter.save(family)), { family, previous: wanted });
  assert.equal(left.restore, null);
  return plan.restore.split('\n').length - 3;
}

if (inside === null) {
  const fetched = fetchExtensions();
  if ('folder' in fetched) {
    process.env['NATROUTE_TEST_EXTENSIONS'] = fetched.folder;
    describe('iptables’ own test rules', () => runInside(import.meta.url, 400));
  } else {
    it('iptables’ own test rules', { skip: `Debian's source of iptables cannot be fetched: ${fetched.reason}` });
  }
} else {
  for (const family of families) {
    describe(`iptables’ own test rules, ${family} on ${inside}`, () => {
      const rules = extensionRules(process.env['NATROUTE_TEST_EXTENSIONS'] ?? '', family);
      before(() => {
        clear(family);
        assert.ok(insert(family, [':FOREIGN - [0:0]']));
      });

      it('are taken by the kernel in their hundreds, and read and printed unchanged', (t) => {
        const taken = places.map((place) =>
          insertAll(
            family,
            rules.map((rule) => `-A ${place} ${rule}`),
          ),
        );
        const save = read(family);
        t.diagnostic(
          `measured: ${rules.length} rules, taken in ${places.map((place, i) => `${place} ${taken[i] ?? 0}`).join(', ')}`,
        );
        assert.ok(Math.max(...taken) > 250, 'most of the suite fits a chain of the nat table');
        const printed = save
          .replace(/^\[\d+:\d+\] /gm, '')
          .replace(/ \[\d+:\d+\]$/gm, '')
          .replace(/^#.*\n/gm, '');
        assert.equal(tableText(parseSave(save)), printed);
      });

      it('are understood to the last word', () => {
        const texts = parseSave(read(family)).chains.flatMap((chain) => chain.rules.map((rule) => rule.text));
        const unclear = texts.filter((text) => parseRule(text).unknown.length > 0);
        assert.deepEqual([...new Set(unclear)], []);
      });

      it('stay as they are while natroute comes, changes, heals and goes', async () => {
        const strangers = foreignLines(read(family));
        const [first, second] = [target(family, [25, 80]), target(family, [25, 443])];
        const same = (what: string): void => assert.deepEqual(foreignLines(read(family)), strangers, what);
        assert.ok((await apply(family, first, null)) > 5);
        same('after the first apply');
        assert.equal(await apply(family, second, first), 2);
        same('after a change');
        assert.ok(insert(family, ['-F NR-A-main', '-D PREROUTING -m comment --comment natroute -j NR-DST']));
        assert.equal(await apply(family, second, second), 3);
        same('after healing');
        const unload = unloadNat(parseSave(read(family)), second, family);
        await openNetfilter().restore(family, { text: unload.restore ?? '', plannedOn: unload.plannedOn });
        same('after unloading');
        assert.doesNotMatch(read(family), /NR-/);
      });

      it('are removed by their own text where they stand in a chain of ours', async (t) => {
        const wanted = target(family, [25, 80]);
        await apply(family, wanted, null);
        const texts = parseSave(read(family)).chains.find((chain) => chain.name === 'FOREIGN')?.rules ?? [];
        const lines = [...new Set(texts.map((rule) => `-A NR-A-main ${rule.text}`))];
        const put = insertAll(family, lines);
        const count = await apply(family, wanted, wanted);
        t.diagnostic(`measured: ${put} strangers removed by ${count} lines`);
        assert.equal(count, put);
        assert.ok(put > 200);
      });
    });
  }
}
