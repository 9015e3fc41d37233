/**
 * Random numbers that a seed gives again. The everyday run throws the same ones each time: who changes a line must not be
 * stopped by a case that was wrong before. `npm run long` looks for new ones; NATROUTE_SEED replays what it found.
 */

export const isLongRun = process.env['NATROUTE_LONG'] !== undefined;

export function seedOfRun(): number {
  const given = process.env['NATROUTE_SEED'];
  if (given !== undefined) return Number(given);
  return isLongRun ? Date.now() % 2_147_483_647 : 1;
}

export interface Dice {
  /** From 0 to n - 1. */
  upTo(n: number): number;
  chance(of: number): boolean;
  one<T>(of: readonly T[]): T;
  shuffled<T>(of: readonly T[]): readonly T[];
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
    shuffled(of) {
      const weighed = of.map((item) => ({ item, weight: next() }));
      return weighed.sort((a, b) => a.weight - b.weight).map(({ item }) => item);
    },
  };
}
