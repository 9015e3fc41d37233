// Promise: who crashes once more while it recovers from a crash ends all the same where the commit says, and takes nothing of
// what it did for somebody's doing: a recovery may be begun any number of times.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isLongRun } from '../dice.ts';
import { confirmLine, createSimHost, type SimHost } from './host.ts';
import type { Trouble } from './storm.ts';

/** In the everyday run one pair of crashes out of so many. */
const share = isLongRun ? 1 : 60;

interface Crashed {
  readonly host: SimHost;
  /** How many calls the second pass made until it crashed or ended. */
  readonly calls: number;
  readonly reached: boolean;
}

async function crashTwice(more: string, first: number, second: number): Promise<Crashed> {
  const host = await createSimHost([80, 25], more);
  host.push([80, 443]);
  const crash = async (at: number, how: Trouble): Promise<{ calls: number; died: boolean }> => {
    host.storm.choose = (n) => (n === at ? how : null);
    await host.pass();
    const died = host.storm.dead();
    host.restart();
    return { calls: host.storm.calm().length, died };
  };
  const began = await crash(first, 'crashes late');
  const { calls } = await crash(second, second % 2 === 0 ? 'crashes' : 'crashes late');
  return { host, calls, reached: began.died };
}

describe('a crash in the recovery from a crash', () => {
  for (const [name, more] of [
    ['a commit', ''],
    ['a commit that must be confirmed', confirmLine],
  ] as const)
    it(name, async (t) => {
      let pairs = 0;
      let calls = 200;
      for (let first = 0, reached = true; reached; first++)
        for (let second = (first * 7) % share; second < calls; second += share) {
          const crashed = await crashTwice(more, first, second);
          ({ reached } = crashed);
          if (!reached) break;
          // The next first crash has another recovery; this one's length is known by now.
          calls = crashed.calls <= second ? second : 200;
          const { host } = crashed;
          try {
            await host.settle();
          } catch (error) {
            throw new Error(`crashes at ${first} and ${second}: ${String(error)}`, { cause: error });
          }
          const blamed = host.world().ledger.records.filter(({ cause }) => cause === 'drift' || cause === 'heal');
          assert.deepEqual(blamed, [], `crashes at ${first} and ${second}: taken for somebody's doing`);
          pairs += 1;
        }
      t.diagnostic(`${pairs} pairs of crashes`);
      assert.ok(pairs > 60, `only ${pairs}`);
    });
});
