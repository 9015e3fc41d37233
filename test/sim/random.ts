/** Random numbers that a seed gives again. */

export interface Random {
  /** From 0 up to, not including, n. */
  below(n: number): number;
  chance(share: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
}

/** Mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c, in the public domain. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const random: Random = {
    below: (n) => Math.floor(next() * n),
    chance: (share) => next() < share,
    pick(items) {
      const item = items[random.below(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
  return random;
}
