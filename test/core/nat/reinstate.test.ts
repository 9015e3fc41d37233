// Promise: what --take took comes back to its very place with its counters, whatever stood around it, once; and what
// somebody changed between two looks is said by its rules.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../../property.ts';
import { applyRestore } from '../../../src/core/nat/apply.ts';
import { changedBetween } from '../../../src/core/nat/between.ts';
import { reinstateText, takenBy } from '../../../src/core/nat/reinstate.ts';
import { parseSave, tableText } from '../../../src/core/nat/save.ts';
import type { Plan } from '../../../src/model/change.ts';
import type { NatTable } from '../../../src/model/nat.ts';
import { saved } from '../nat-fixture.ts';
import { checkFor } from './random.ts';

const jump = '-m comment --comment natroute -j NR-DST';
const texts = ['-p tcp -j ACCEPT', '-p udp -j ACCEPT', '-p sctp -j RETURN', '-j LOG'];
const none: NatTable = { chains: [] };

/** Every rule with counters of its own. */
function tableOf(foreign: readonly string[], ours: boolean): NatTable {
  let n = 0;
  const text = saved({
    'PREROUTING': [...(ours ? [jump] : []), ...foreign],
    'OUTPUT': foreign.toReversed(),
    'NR-DST': [],
  });
  return parseSave(text.replace(/^-A /gm, () => `[${++n}:${n * 9}] -A `));
}

function planThatTakes(gone: readonly string[]): Plan {
  const changes = ['PREROUTING', 'OUTPUT'].flatMap((chain) =>
    gone.map((before) => ({
      ...({ action: 'delete', kind: 'foreign-rule', family: 'v4', chain, key: before, before } as const),
      ...{ after: null, counters: null, note: null, at: null },
    })),
  );
  const empty = { changes: [], restore: null, plannedOn: '' };
  return { nat: { v4: { ...empty, changes }, v6: empty }, changes, impact: [], findings: [] };
}

describe('what was taken', () => {
  it('comes back to its place, with its counters, and only once', async (t) => {
    await checkFor(
      t,
      fc.property(
        fc.array(fc.constantFrom(...texts), { maxLength: 12 }),
        fc.subarray(texts),
        fc.boolean(),
        (foreign, gone, ours) => {
          const before = tableOf(foreign, ours);
          const taken = takenBy(planThatTakes(gone), { v4: before, v6: none });
          assert.equal(reinstateText(before, taken), null, 'nothing is missing yet');
          const without: NatTable = {
            chains: before.chains.map((chain) => ({
              ...chain,
              rules: chain.rules.filter((rule) => !gone.includes(rule.text)),
            })),
          };
          const text = reinstateText(without, taken);
          const after = text === null ? without : applyRestore(without, text);
          assert.deepEqual(
            after.chains.map(({ name, rules }) => [name, rules]),
            before.chains.map(({ name, rules }) => [name, rules]),
          );
          assert.equal(reinstateText(after, taken), null);
        },
      ),
      { seconds: 5, runs: 1500 },
    );
  });

  it('comes back as near as can be where others changed the chain since', () => {
    const before = tableOf(texts, false);
    const taken = takenBy(planThatTakes(['-j LOG']), { v4: before, v6: none });
    const now = parseSave(saved({ PREROUTING: [jump, '-p tcp -j ACCEPT'], OUTPUT: [] }));
    const after = applyRestore(now, reinstateText(now, taken) ?? '');
    assert.deepEqual(
      after.chains.slice(0, 3).map(({ rules }) => rules.map((rule) => rule.text)),
      [[jump, '-p tcp -j ACCEPT', '-j LOG'], [], ['-j LOG']],
    );
  });
});

describe('what somebody changed between two looks', () => {
  const text = (chains: Readonly<Record<string, readonly string[]>>): string => tableText(parseSave(saved(chains)));
  const said = (before: readonly string[], after: readonly string[]): string | null =>
    changedBetween(text({ OUTPUT: before }), text({ OUTPUT: after }));

  it('is said by its rules', () => {
    assert.equal(said(['-j A'], ['-j A']), null);
    assert.equal(said(['-j A'], ['-j A', '-j B']), '-A OUTPUT -j B was added');
    assert.equal(said(['-j A', '-j A'], ['-j A']), '-A OUTPUT -j A was removed');
    assert.equal(said(['-j A'], ['-j B']), '-A OUTPUT -j B was added; -A OUTPUT -j A was removed');
    assert.equal(said(['-j A', '-j B'], ['-j B', '-j A']), 'the order of rules was changed');
    assert.equal(changedBetween(text({}), text({ THEIRS: [] })), 'chain THEIRS was added');
    const many = ['-j A', '-j B', '-j C', '-j D', '-j E'];
    assert.equal(
      said([], many),
      '-A OUTPUT -j A was added; -A OUTPUT -j B was added; -A OUTPUT -j C was added; and 2 more',
    );
  });
});
