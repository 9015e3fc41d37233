/** What a person must run after the host's network config changed: natroute writes it, and never restarts the network. */
import type { FileSwap, FoundFile, WantedFile } from '../../model/file.ts';
import { hostNetworkFile } from './files.ts';

/** One sentence each, with its command; [] where the network config stays as it is. */
export function stepsByHand(swaps: readonly FileSwap[]): readonly string[] {
  const swap = swaps.find(({ path }) => path === hostNetworkFile);
  if (swap === undefined) return [];
  const [before, after] = [stanzasOf(swap.found), stanzasOf(swap.wanted)];
  const made = [...after].flatMap(([name, lines]): readonly string[] => {
    const old = before.get(name);
    if (old === undefined) return [`\`ifup ${name}\`, unless it is up and as it shall be already`];
    return changed(name, old, lines);
  });
  const gone = [...before].flatMap(([name, lines]) => (after.has(name) ? [] : [goneText(name, lines)]));
  return [...made, ...gone];
}

/** Name -> the lines below its `auto`. */
function stanzasOf(file: FoundFile | WantedFile): ReadonlyMap<string, readonly string[]> {
  const stanzas = new Map<string, string[]>();
  if (file.kind !== 'file') return stanzas;
  let lines: string[] = [];
  for (const line of file.content.split('\n').map((one) => one.trim())) {
    const name = /^auto (\S+)$/.exec(line)?.[1];
    if (name !== undefined) {
      lines = [];
      stanzas.set(name, lines);
    } else if (line !== '' && !line.startsWith('#')) lines.push(line);
  }
  return stanzas;
}

const live = /^post-up ip (route|address) replace (\S+)(.*)$/;

function changed(name: string, before: readonly string[], after: readonly string[]): readonly string[] {
  const [gone, come] = [before.filter((line) => !after.includes(line)), after.filter((line) => !before.includes(line))];
  if (![...gone, ...come].every((line) => live.test(line)))
    return [`\`ifdown ${name} && ifup ${name}\`, which cuts what goes over it meanwhile; the next boot does it too`];
  const thing = (line: string): string => live.exec(line)?.slice(1, 3).join(' ') ?? '';
  const kept = new Set(come.map(thing));
  return [
    ...come.map((line) => `\`${line.replace(/^post-up /, '')}\``),
    ...gone
      .filter((line) => !kept.has(thing(line)))
      .map((line) => `\`${line.replace(/^post-up /, '').replace(' replace ', ' delete ')}\``),
  ];
}

function goneText(name: string, lines: readonly string[]): string {
  const ours = lines.some((line) => line.startsWith('bridge_ports ') || / type macvlan /.test(line));
  return ours ? `\`ip link delete ${name}\`` : `nothing for ${name}: it keeps what it has until the next boot`;
}
