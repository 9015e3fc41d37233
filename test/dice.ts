/** Random numbers that a seed gives again. */

export interface Dice {
  /** From 0 to n - 1. */
  upTo(n: number): number;
  chance(of: number): boolean;
  one<T>(of: readonly T[]): T;
}

/** Mulberry32. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const upTo = (n: number): number => Math.floor(next() * n);
  return {
    upTo,
    chance: (of) => next() < of,
    one(of) {
      const item = of[upTo(of.length)];
      if (item === undefined) throw new Error('nothing to choose from');
      return item;
    },
  };
}
