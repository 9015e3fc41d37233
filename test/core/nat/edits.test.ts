// Promise: no way of deletions by text and insertions by place is shorter than ours.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../../property.ts';
import { editsBetween, longestIncreasing } from '../../../src/core/nat/edits.ts';

type List = readonly string[];

function apply(observed: List, wanted: List): { readonly list: List; readonly lines: number } {
  const { gone, come } = editsBetween(observed, wanted);
  const list = [...observed];
  for (const index of gone) {
    const first = list.indexOf(observed[index] ?? '');
    assert.notEqual(first, -1);
    list.splice(first, 1);
  }
  for (const index of come) {
    assert.ok(index <= list.length, 'the place is there');
    list.splice(index, 0, wanted[index] ?? '');
  }
  return { list, lines: gone.length + come.length };
}

/** The fewest lines, by trying everything: breadth first. */
function fewest(observed: List, wanted: List): number {
  const goal = wanted.join();
  const letters = [...new Set([...observed, ...wanted])];
  const most = Math.max(observed.length, wanted.length) + 1;
  const seen = new Set([observed.join()]);
  let layer: List[] = [observed];
  for (let steps = 0; ; steps++) {
    const next: List[] = [];
    for (const list of layer) {
      if (list.join() === goal) return steps;
      const reached = letters.flatMap((letter) => {
        const first = list.indexOf(letter);
        const without = first === -1 ? [] : [list.toSpliced(first, 1)];
        const places = list.length < most ? [...list, ''].map((_, at) => list.toSpliced(at, 0, letter)) : [];
        return [...without, ...places];
      });
      for (const one of reached) {
        if (seen.has(one.join())) continue;
        seen.add(one.join());
        next.push(one);
      }
    }
    layer = next;
  }
}

const letters = fc.constantFrom('a', 'b', 'c', 'd');

describe('editsBetween', () => {
  it('ends in the wanted list', () => {
    const word = fc.string({
      minLength: 1,
      maxLength: 1,
      unit: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k'),
    });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), fc.uniqueArray(word), (observed, wanted) => {
        assert.deepEqual(apply(observed, wanted).list, wanted);
      }),
      { numRuns: 3000 },
    );
  });

  it('needs no more lines than any other way', () => {
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 5 }), fc.uniqueArray(letters), (observed, wanted) => {
        assert.equal(apply(observed, wanted).lines, fewest(observed, wanted));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps ten thousand rules where they are while one moves from end to end', () => {
    const wanted = Array.from({ length: 10_000 }, (_, i) => `rule ${i}`);
    const observed = [...wanted.slice(1), 'rule 0'];
    assert.deepEqual(editsBetween(observed, wanted), { gone: [9999], come: [0] });
  });
});

it('longestIncreasing finds a longest one', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 9 }), (values) => {
      const found = longestIncreasing(values).map((index) => values[index] ?? -1);
      assert.ok(found.every((value, i) => i === 0 || (found[i - 1] ?? 0) < value));
      let best = 0;
      for (let mask = 0; mask < 1 << values.length; mask++) {
        const chosen = values.filter((_, i) => (mask >> i) & 1);
        if (chosen.every((value, i) => i === 0 || (chosen[i - 1] ?? 0) < value)) best = Math.max(best, chosen.length);
      }
      assert.equal(found.length, best);
    }),
  );
});
