// Promise: a drift is one item from its first sight to its end, counted when it comes back, and healed less and less
// eagerly where somebody insists.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dealWith, isFight, pauseSeconds, trackDrift } from '../../../src/core/drift/track.ts';
import { comesBackText, itemWords, waitingText } from '../../../src/core/drift/words.ts';
import type { Change } from '../../../src/model/change.ts';
import type { DriftItem, Suspension } from '../../../src/model/drift.ts';
import { limits } from '../../../src/model/limits.ts';

const change = (port: number, more: Partial<Change> = {}): Change => ({
  action: 'delete',
  kind: 'rule',
  family: 'v4',
  chain: 'NR-A-main',
  key: `natroute web main:${port}/tcp`,
  before: `-p tcp --dport ${port} -m comment --comment "natroute web main:${port}/tcp" -j DNAT`,
  after: null,
  counters: null,
  note: null,
  at: null,
  ...more,
});
const ferm = { process: 'ferm', pid: null, user: null };
const at = (seconds: number): Date => new Date(Date.parse('2026-11-22T12:00:00.000Z') + seconds * 1000);
const look = (known: readonly DriftItem[], changes: readonly Change[], seconds: number) =>
  trackDrift(known, changes, { now: at(seconds), actor: seconds % 2 === 0 ? ferm : null, byEvent: seconds % 2 === 0 });
const heal = (items: readonly DriftItem[]): readonly DriftItem[] => items.map((item) => ({ ...item, done: 'healed' }));
const policy = { policy: 'heal', suspensions: [], byHand: false } as const;

describe('a drift', () => {
  it('is news once, keeps who and since when, and takes its counters from the last look', () => {
    const first = look([], [change(80)], 0);
    assert.deepEqual([first.news.length, first.open[0]?.seenBy, first.open[0]?.actor], [1, 'event', ferm]);
    const counters = { packets: 1, bytes: 2 };
    const second = look(first.open, [change(80, { counters }), change(443)], 15);
    assert.deepEqual(
      second.news.map((item) => [item.change.key, item.seenBy, item.actor]),
      [['natroute web main:443/tcp', 'look', null]],
    );
    assert.deepEqual([second.open[0]?.since, second.open[0]?.actor], [at(0).toISOString(), ferm]);
    assert.deepEqual(second.open[0]?.change.counters, counters);
    const third = look(second.open, [change(443)], 30);
    assert.deepEqual(
      third.gone.map((item) => item.change.key),
      ['natroute web main:80/tcp'],
    );
    assert.deepEqual(third.news, []);
  });

  it('that comes back is the same one with a count, until it was quiet for long', () => {
    let known: readonly DriftItem[] = [];
    for (let i = 1; i <= 5; i++) {
      const { open, healed } = look(known, [change(80)], i * 10);
      assert.deepEqual([open[0]?.count, open[0]?.since], [i, at(10).toISOString()]);
      assert.deepEqual(healed, []);
      known = look(heal(open), [], i * 10 + 1).healed;
      assert.equal(known.length, 1);
    }
    assert.equal(isFight(known[0]!), true);
    assert.deepEqual(look(known, [], 60 + limits.driftRememberedSeconds).healed, []);
    const other = look(known, [change(80, { after: 'x' })], 60);
    assert.equal(other.open[0]?.count, 1);
  });

  it('remembers a bounded number of what was healed, the newest', () => {
    const { open } = look(
      [],
      Array.from({ length: limits.driftHealedKept + 50 }, (_, i) => change(i + 1)),
      0,
    );
    const { healed } = look(heal(open), [], 1);
    assert.equal(healed.length, limits.driftHealedKept);
  });

  it('is healed at once a few times, then with pauses that grow to a bound', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6, 7].map((count) => pauseSeconds(count)),
      [0, 0, 0, 15, 30, 60, 120],
    );
    assert.equal(pauseSeconds(1000), limits.driftPauseMostSeconds);
    const item: DriftItem = { ...look([], [change(80)], 0).open[0]!, count: 5, lastAt: at(0).toISOString() };
    const [waits] = dealWith([item], { ...policy, now: at(29) });
    assert.deepEqual([waits?.done, waits?.healAt], ['waiting', at(30).toISOString()]);
    assert.equal(dealWith([waits!], { ...policy, now: at(30) })[0]?.done, 'found');
    assert.equal(dealWith([waits!], { ...policy, now: at(1), byHand: true })[0]?.done, 'found');
    assert.match(waitingText([waits!]), /healed at 2026-11-22 12:00:30Z: two masters fight, natroute and ferm$/);
  });

  it('is left by policy, by a suspension of its forward or of everything; never where it cannot be', () => {
    const { open } = look(
      [],
      [change(80), change(443), change(1, { note: 'doubled' }), change(2, { kind: 'jump', note: 'moved' })],
      0,
    );
    const suspension = (only: Suspension['only']): Suspension => ({ since: '', until: '', reason: '', only });
    const web = suspension({ address: 'main', ports: { first: 443, last: 443 }, protocol: 'tcp' });
    const done = (dealing: Partial<Parameters<typeof dealWith>[1]>): string =>
      dealWith(open, { ...policy, now: at(0), ...dealing })
        .map((item) => item.done)
        .join();
    assert.equal(done({}), 'found,found,found,found');
    assert.equal(done({ policy: 'report' }), 'reported,reported,found,found');
    assert.equal(done({ suspensions: [web] }), 'found,suspended,found,found');
    assert.equal(done({ suspensions: [web], policy: 'report', byHand: true }), 'found,suspended,found,found');
    assert.equal(done({ suspensions: [suspension(null)] }), 'suspended,suspended,found,found');
    assert.equal(done({ suspensions: [suspension(null)], byHand: true }), 'found,found,found,found');
  });

  it('in words', () => {
    const [item] = look([], [change(80)], 0).open;
    assert.equal(itemWords(item!), 'since 2026-11-22 12:00:00Z, seen by an event, by ferm; not healed yet');
    const often = { ...item!, count: 9, done: 'waiting', healAt: at(60).toISOString() } as const;
    assert.match(
      itemWords(often),
      /; came 9 times, last at .*Z; it keeps coming back, healed again at 2026-11-22 12:01:00Z$/,
    );
    assert.equal(comesBackText([item!]), null);
    assert.equal(comesBackText([often]), 'it came back, 9 times by now: two masters fight, natroute and ferm');
  });
});
