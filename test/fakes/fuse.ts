/** What the fuse's own shell file does, on the tables and settings of a world in memory. */
import { armedName, firedName } from '../../src/core/confirm/fuse.ts';
import { families } from '../../src/model/family.ts';
import type { FakeWorld } from './world.ts';

/** False where nothing was armed any more. */
export async function burnFuse(world: FakeWorld, generation: number): Promise<boolean> {
  const { confirm: folder } = world.paths;
  const read = (path: string): string | null => world.calmFiles.text(path);
  if (read(`${folder}/${armedName(generation)}`) === null) return false;
  for (const family of families) {
    const there = new Set(world.netfilter.table(family).chains.map(({ name }) => name));
    const lines = (read(`${folder}/back.${family}`) ?? '').split('\n').filter((line) => /^(:|-A)/.test(line));
    // A family that had nothing of ours has nothing to go back to.
    if (lines.length === 0) continue;
    world.netfilter.byHand(
      family,
      lines.map((line) => {
        const name = /^:(\S+)/.exec(line)?.[1];
        return name !== undefined && there.has(name) ? `-F ${name}` : line;
      }),
    );
  }
  const script = read(`${folder}/fuse.sh`) ?? '';
  const jumps = script.matchAll(/^ {2}(ip6?tables) .* -I (\S+) 1 (.*) \|\| failed=1$/gm);
  for (const [, command, chain = '', jump = ''] of jumps) {
    const family = command === 'iptables' ? 'v4' : 'v6';
    const { rules = [] } = world.netfilter.table(family).chains.find(({ name }) => name === chain) ?? {};
    if (!rules.some(({ text }) => text === jump)) world.netfilter.byHand(family, [`-I ${chain} 1 ${jump}`]);
  }
  const settings = script.matchAll(/^ {2}setting '(.*)' '(.*)' '(.*)' /gm);
  for (const [, path = '', wanted, found = ''] of settings) {
    const key = path.replaceAll('/', '.');
    if (world.sysctls.values.get(key) === wanted) world.sysctls.values.set(key, found);
  }
  await world.calmFiles.rename(`${folder}/${armedName(generation)}`, `${folder}/${firedName(generation)}`);
  return true;
}
