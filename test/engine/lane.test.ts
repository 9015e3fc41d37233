import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLane, pauseSeconds } from '../../src/engine/lane.ts';
import { createClock } from '../../src/adapters/clock.ts';
import { limits } from '../../src/model/limits.ts';

const clock = createClock();
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a lane', () => {
  it('runs once for any number of wakes while it works, and once more after them', async () => {
    let runs = 0;
    let release: () => void = () => undefined;
    const lane = createLane(
      async () => {
        runs += 1;
        await new Promise<void>((resolve) => (release = resolve));
      },
      { clock, failed: () => assert.fail('nothing fails here') },
    );
    lane.wake();
    await turn();
    for (let i = 0; i < 10; i++) lane.wake();
    release();
    await turn();
    await turn();
    assert.equal(runs, 2);
    release();
    await lane.stop();
    assert.equal(runs, 2);
  });

  it('stops at once when idle, and after the work in hand when not', async () => {
    const idle = createLane(() => Promise.resolve(), { clock, failed: () => undefined });
    await turn();
    await idle.stop();

    let ended = false;
    const busy = createLane(
      async () => {
        await clock.sleep(0.05);
        ended = true;
      },
      { clock, failed: () => undefined },
    );
    busy.wake();
    await turn();
    await busy.stop();
    assert.equal(ended, true);
  });

  it('tries a failed run again by itself, and goes on for ever', async () => {
    let runs = 0;
    const retries: number[] = [];
    const hurried = { now: () => new Date(), uptime: () => 0, sleep: () => turn() };
    const lane = createLane(
      () => {
        runs += 1;
        return runs < 4 ? Promise.reject(new Error(`failure ${runs}`)) : Promise.resolve();
      },
      { clock: hurried, failed: (_error, seconds) => retries.push(seconds) },
    );
    lane.wake();
    for (let i = 0; i < 40 && runs < 4; i++) await turn();
    await turn();
    assert.deepEqual(retries, [1, 2, 4]);
    assert.equal(lane.state().failures, 0);
    await lane.stop();
  });

  it('waits longer after each failure, up to a limit', () => {
    assert.deepEqual([1, 2, 3, 4].map(pauseSeconds), [1, 2, 4, 8]);
    assert.equal(pauseSeconds(1000), limits.retryMostSeconds);
  });
});
