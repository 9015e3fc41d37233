import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { jitterSeconds } from '../../src/core/jitter.ts';
import { limits } from '../../src/model/limits.ts';

describe('the pause before a remote is asked', () => {
  it('is the same for a host each time, and within half of the schedule', () => {
    assert.equal(jitterSeconds('dedibox', 15), jitterSeconds('dedibox', 15));
    for (const until of [-1, 0, 1, 15, 86_400]) {
      const pause = jitterSeconds('dedibox', until);
      assert.ok(
        pause >= 0 && pause <= Math.max(0, until / 2) && pause <= limits.fetchJitterSeconds,
        `${until}: ${pause}`,
      );
    }
  });

  it('spreads many hosts over the time there is', () => {
    const pauses = Array.from({ length: 1000 }, (_, i) => jitterSeconds(`host${i}`, 15));
    const early = pauses.filter((pause) => pause < 3.75).length;
    assert.ok(early > 400 && early < 600, `${early} of 1000 in the first half`);
  });
});
