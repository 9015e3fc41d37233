/** The files of a hand-made host: domain configs, what its toolstacks do by default, and its own kernel settings. */
import type { FoundFile, FoundHost } from '../../model/found.ts';
import { forms } from '../render/xen-conf.ts';
import { isAtom, type Left } from './domu.ts';
import { draftGuest, type DraftGuest } from './guest.ts';
import { parseXl } from './xl.ts';
import { parseXm } from './xm.ts';

export interface Toolstacks {
  readonly bridge: string | null;
  readonly script: string | null;
}

/** What a vif gets that says nothing: xl.conf's word, else xend's. */
export function readToolstacks(files: readonly FoundFile[]): {
  readonly defaults: Toolstacks;
  readonly left: readonly Left[];
} {
  const left: Left[] = [];
  let defaults: Toolstacks = { bridge: null, script: null };
  const xend = files.find(({ path }) => path === '/etc/xen/xend-config.sxp');
  if (xend !== undefined) {
    const form = (name: string): string | null => {
      const [found] = forms(xend.text, name);
      const text = found === undefined ? null : xend.text.slice(found.from + 1, found.to - 1).trim();
      return text === null
        ? null
        : text
            .slice(name.length)
            .trim()
            .replace(/^'(.*)'$|^"(.*)"$/s, '$1$2');
    };
    const network = form('network-script');
    if (network !== null && network !== 'network-dummy')
      left.push({
        at: { file: xend.path, ...placeIn(xend.text, 'network-script') },
        what: `(network-script ${network})`,
        why: 'xend changes the host’s network by itself when it starts',
      });
    const [script = null, ...words] = form('vif-script')?.split(/\s+/) ?? [];
    defaults = { script, bridge: words.find((word) => word.startsWith('bridge='))?.slice(7) ?? null };
  }
  const conf = files.find(({ path }) => path === '/etc/xen/xl.conf');
  if (conf === undefined) return { defaults, left };
  const { values, left: unread } = parseXl(conf.path, conf.text);
  const text = (key: string): string | null => {
    const value = values.get(key)?.value;
    return value !== undefined && isAtom(value) && value.text !== '' ? value.text : null;
  };
  return {
    defaults: {
      script: text('vif.default.script') ?? defaults.script,
      bridge: text('vif.default.bridge') ?? defaults.bridge,
    },
    left: [...left, ...unread],
  };
}

function placeIn(text: string, word: string): { readonly line: number; readonly column: number } {
  const before = text.slice(0, Math.max(0, forms(text, word)[0]?.from ?? 0)).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

export interface ReadDomain {
  readonly path: string;
  readonly guest: DraftGuest;
}

const other =
  /\/(?:xl\.conf|[^/]*\.sxp|README[^/]*|xlexample[^/]*|xmexample[^/]*|oxenstored\.conf|cpupool|[^/]*(?:~|\.bak|\.orig|\.old|\.(?:dpkg|rpm|ucf)-?[a-z]+))$/;

/** Of each name the first file. What xl cannot read xm may. */
export function readDomains(
  { files, domains }: FoundHost,
  options: { readonly script: string | null; readonly uplink: string },
): { readonly domains: readonly ReadDomain[]; readonly left: readonly Left[] } {
  const left: Left[] = [];
  const found = new Map<string, ReadDomain>();
  const xend = domains === null && files.some(({ path }) => path === '/etc/xen/xend-config.sxp');
  // What stands in auto is a copy, or was meant as one.
  const inAuto = ({ path }: FoundFile): number => Number(path.startsWith('/etc/xen/auto/'));
  for (const { path, text } of files.toSorted((a, b) => inAuto(a) - inAuto(b))) {
    if (!path.startsWith('/etc/xen/') || other.test(path)) continue;
    // A script beside the configs is no broken config.
    if (!/^\s*(?:name|memory|kernel|bootloader|disk|vif)\s*=/m.test(text)) continue;
    const [xl, xm] = [parseXl(path, text), parseXm(path, text)];
    // What xl refuses may be an old config of xm's, where all of it is data.
    const config = xend || (!xl.readable && xm.readable && xm.left.length === 0) ? xm : xl;
    const { guest, left: unsaid } = draftGuest(config, { defaultScript: options.script, uplink: options.uplink });
    const before = guest === null ? undefined : found.get(guest.name);
    if (guest === null) left.push(...unsaid);
    else if (before !== undefined && files.find((file) => file.path === before.path)?.text === text) continue;
    else if (before !== undefined)
      left.push({
        at: { file: path, line: 1, column: 1 },
        what: `the guest ${guest.name}`,
        why: `${before.path} has that name too`,
      });
    else {
      found.set(guest.name, { path, guest });
      left.push(...unsaid);
    }
  }
  return { domains: [...found.values()], left };
}

/** Names that `xl list -l` has, Domain-0 apart; null where nobody could be asked. */
export function runningNames({ domains }: FoundHost): ReadonlySet<string> | null {
  if (domains === null) return null;
  try {
    const list: unknown = JSON.parse(domains);
    if (!Array.isArray(list)) return null;
    return new Set(
      list.flatMap(
        (one: { readonly domid?: unknown; readonly config?: { readonly c_info?: { readonly name?: unknown } } }) => {
          const name = one.config?.c_info?.name;
          return typeof name === 'string' && one.domid !== 0 ? [name] : [];
        },
      ),
    );
  } catch {
    return null;
  }
}

export function readSysctls(files: readonly FoundFile[]): readonly string[] {
  return files
    .filter(({ path }) => path.startsWith('/etc/sysctl'))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line) => {
        const [, key, value] = /^\s*-?([A-Za-z0-9_./*-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
        return key === undefined ? [] : [`${key}: ${value ?? ''}   # ${path}`];
      }),
    )
    .slice(0, 200);
}
