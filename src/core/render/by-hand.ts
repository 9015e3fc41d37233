/**
 * What a change of the host's network config asks of a person: natroute writes it, and never restarts the network. And what
 * the host would miss after its next boot.
 */
import type { FileSwap, FoundFile, WantedFile } from '../../model/file.ts';
import type { Target } from '../../model/target.ts';
import { hostNetworkFile } from './files.ts';

/** One sentence each, with its command; [] where the network config stays as it is. */
export function stepsByHand(swaps: readonly FileSwap[]): readonly string[] {
  const swap = swaps.find(({ path }) => path === hostNetworkFile);
  if (swap === undefined) return [];
  const [before, after] = [stanzasOf(textOf(swap.found)), stanzasOf(textOf(swap.wanted))];
  const made = [...after].flatMap(([name, lines]): readonly string[] => {
    const old = before.get(name);
    if (old === undefined) return [`\`ifup ${name}\`, unless it is up and as it shall be already`];
    return changed(name, old, lines);
  });
  const off = swap.wanted.kind === 'absent';
  const gone = [...before].flatMap(([name, lines]) => (after.has(name) ? [] : [goneText(name, lines, off)]));
  return [...made, ...gone];
}

/**
 * What a commit takes from the uplinks of the next boot, for `the commit would leave ...`; [] for nothing. No connection of
 * now can prove that the host is reached then.
 */
export function bootLosses(before: Pick<Target, 'host' | 'files'>, after: Pick<Target, 'files'>): readonly string[] {
  const body = ({ files }: Pick<Target, 'files'>): string =>
    files.flatMap((file) => (file.kind === 'file' && file.path === hostNetworkFile ? file.body : [])).join('');
  const [old, next] = [stanzasOf(body(before)), stanzasOf(body(after))];
  const { addresses, uplink } = before.host;
  const own = addresses.filter(({ carriedBy }) => carriedBy === null).map((address) => address.interface);
  return [...new Set([uplink.interface, ...own])].flatMap((name) => {
    const [had, has] = [old.get(name), next.get(name)];
    if (had === undefined) return [];
    if (has === undefined) return [`${name} without any config of natroute's`];
    const kept = waysOf(has);
    const lost = waysOf(had).filter((way) => !kept.includes(way));
    return lost.length === 0 ? [] : [`${name} without ${lost.join(' and ')}`];
  });
}

/** Its IPs, and how it leads to the rest of the world. */
function waysOf(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    const ip = /^(?:address|post-up ip address replace) ([^/\s]+)/.exec(line)?.[1];
    if (ip !== undefined) return [ip];
    const gateway = /^(?:gateway|post-up ip route replace default via) (\S+)/.exec(line)?.[1];
    return gateway === undefined ? [] : [`a default route via ${gateway}`];
  });
}

function textOf(file: FoundFile | WantedFile): string {
  return file.kind === 'file' ? file.content : '';
}

/** Name -> the lines below its `auto`. */
function stanzasOf(text: string): ReadonlyMap<string, readonly string[]> {
  const stanzas = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of text.split('\n').map((one) => one.trim())) {
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
  // IPv4 and IPv6 have a default route each.
  const thing = (line: string): string => [...(live.exec(line)?.slice(1, 3) ?? []), line.includes(':')].join(' ');
  const kept = new Set(come.map(thing));
  return [
    ...come.map((line) => `\`${line.replace(/^post-up /, '')}\``),
    ...gone
      .filter((line) => !kept.has(thing(line)))
      .map((line) => `\`${line.replace(/^post-up /, '').replace(' replace ', ' delete ')}\``),
  ];
}

/**
 * While natroute writes that file, a bridge or macvlan that is no more in it is nobody's. `off`: it writes none any more, so
 * what it had written is in use as before.
 */
function goneText(name: string, lines: readonly string[], off: boolean): string {
  const made = lines.some((line) => line.startsWith('bridge_ports ') || / type macvlan /.test(line));
  if (made && !off) return `\`ip link delete ${name}\``;
  const then = made ? 'makes' : 'configures';
  return `nothing for ${name} until the next boot, but after it nothing of natroute's ${then} ${name}: see to it in /etc/network/interfaces`;
}
