/**
 * A guest as its config says against the domain that runs. Both are spelled by xl itself, the wanted one by a dry run, so
 * that every option is compared as Xen understands it and not as somebody typed it.
 */
import type { XlConfig } from '../../model/domain.ts';
import { isRecord } from './sight.ts';

export interface Differences {
  /** MiB. */
  readonly memory: { readonly from: number; readonly to: number } | null;
  readonly vcpus: { readonly from: number; readonly to: number } | null;
  /** MACs. */
  readonly vifs: { readonly attach: readonly string[]; readonly detach: readonly string[] };
  /** Names inside the guest: xvda. */
  readonly disks: { readonly attach: readonly string[]; readonly detach: readonly string[] };
  /** What only a new start brings, one text each: `kernel /boot/a -> /boot/b`. */
  readonly restart: readonly string[];
}

export interface Compared {
  /** As a dry run spells the config. */
  readonly wanted: XlConfig;
  /** As `xl list -l` spells the domain. */
  readonly live: XlConfig;
  /** As a dry run spelled the config with which natroute started it; null where somebody else did. */
  readonly started: XlConfig | null;
}

export function differencesOf({ wanted, live, started }: Compared): Differences {
  const restart = [...fixedDifferences({ wanted, live, started })];
  const asked = resourcesOf(wanted);
  const has = resourcesOf(live);
  const over = asked.targetKb > has.maxKb ? `memory ${mib(has.targetKb)} -> ${mib(asked.targetKb)} MiB` : null;
  if (over !== null) restart.push(over);
  const moreVcpus = asked.vcpus > has.maxVcpus;
  if (moreVcpus) restart.push(`vcpus ${has.vcpus} -> ${asked.vcpus}`);
  const disks = diskDifferences(wanted, live);
  return {
    memory:
      over === null && mib(asked.targetKb) !== mib(has.targetKb)
        ? { from: mib(has.targetKb), to: mib(asked.targetKb) }
        : null,
    // Those that it may use: how many it has switched on is the guest's affair, and at its boot that moves.
    vcpus: !moreVcpus && asked.vcpus !== has.vcpus ? { from: has.vcpus, to: asked.vcpus } : null,
    vifs: vifDifferences(wanted, live),
    disks: { attach: disks.attach, detach: disks.detach },
    restart: [...restart, ...disks.restart],
  };
}

/** Compared in their own way, or made up anew for each domain. */
const aside = new Set([
  'nics',
  'disks',
  'c_info.uuid',
  'c_info.domid',
  'c_info.name',
  'b_info.target_memkb',
  'b_info.avail_vcpus',
  // Bounds: they matter only where what is asked for lies above them.
  'b_info.max_memkb',
  'b_info.max_vcpus',
]);

/**
 * Xen fills in more than the config says, so that what only the domain has is no difference, unless natroute started it
 * with that very setting and the config has lost it since.
 */
function* fixedDifferences({ wanted, live, started }: Compared): Generator<string> {
  const [want, have] = [flat(wanted), flat(live)];
  for (const [path, value] of want) {
    const is = have.get(path);
    if (is !== value) yield `${wordOf(path)} ${is ?? 'unset'} -> ${value}`;
  }
  for (const path of started === null ? [] : flat(started).keys())
    if (!want.has(path) && have.has(path)) yield `${wordOf(path)} ${have.get(path) ?? ''} -> unset`;
  const bounds = ['max_memkb', 'max_vcpus'] as const;
  const least = resourcesOf(wanted);
  for (const bound of bounds) {
    const [to, from] = [numberIn(wanted, bound), numberIn(live, bound)];
    // Nobody asked for a lower bound where it only follows from having less.
    const followed = to < from && to === (bound === 'max_memkb' ? least.targetKb : least.vcpus);
    if (to !== from && to > 0 && from > 0 && !followed)
      yield `${boundWords[bound]} ${shown(bound, from)} -> ${shown(bound, to)}`;
  }
}

const boundWords = { max_memkb: 'maxmem', max_vcpus: 'maxvcpus' } as const;
const shown = (bound: string, value: number): string => (bound === 'max_memkb' ? `${mib(value)} MiB` : String(value));

/** `b_info.sched_params.weight` is what a person knows as weight. */
function wordOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** Path -> value of all that is one value; a list is one. */
function flat(config: XlConfig): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (aside.has(path)) return;
    if (isRecord(value)) {
      for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`);
    } else if (value !== null && value !== undefined && value !== '') {
      found.set(path, typeof value === 'string' ? value : JSON.stringify(value));
    }
  };
  walk(config, '');
  return found;
}

function resourcesOf(config: XlConfig): {
  readonly targetKb: number;
  readonly maxKb: number;
  readonly vcpus: number;
  readonly maxVcpus: number;
} {
  const info = isRecord(config['b_info']) ? config['b_info'] : {};
  const targetKb = numberIn(config, 'target_memkb');
  const maxVcpus = numberIn(config, 'max_vcpus');
  return {
    targetKb,
    maxKb: Math.max(targetKb, numberIn(config, 'max_memkb')),
    vcpus: Array.isArray(info['avail_vcpus']) ? info['avail_vcpus'].length : maxVcpus,
    maxVcpus,
  };
}

function numberIn(config: XlConfig, key: string): number {
  const info = isRecord(config['b_info']) ? config['b_info'] : {};
  return typeof info[key] === 'number' ? info[key] : 0;
}

/** Xen rounds what a guest gets by some KiB. */
function mib(kb: number): number {
  return Math.round(kb / 1024);
}

type Device = Readonly<Record<string, unknown>>;

function devicesOf(config: XlConfig, list: 'nics' | 'disks', key: string): ReadonlyMap<string, Device> {
  const devices = config[list];
  const named = new Map<string, Device>();
  for (const device of Array.isArray(devices) ? devices : [])
    if (isRecord(device) && typeof device[key] === 'string') named.set(device[key].toLowerCase(), device);
  return named;
}

/** A vif is known by its MAC; one that is to be otherwise goes and comes again. */
function vifDifferences(wanted: XlConfig, live: XlConfig): Differences['vifs'] {
  const want = devicesOf(wanted, 'nics', 'mac');
  const have = devicesOf(live, 'nics', 'mac');
  const same = (mac: string): boolean => sameVif(want.get(mac), have.get(mac));
  return {
    attach: [...want.keys()].filter((mac) => !same(mac)),
    detach: [...have.keys()].filter((mac) => !same(mac)),
  };
}

function sameVif(one: Device | undefined, other: Device | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const scriptOf = ({ script }: Device): string =>
    typeof script === 'string' && script !== '' ? script.replace('/etc/xen/scripts/', '') : 'vif-bridge';
  const keys = scriptOf(one) === 'vif-bridge' ? ['bridge'] : ['ip', 'gatewaydev'];
  return scriptOf(one) === scriptOf(other) && keys.every((key) => plainly(one[key]) === plainly(other[key]));
}

/** An address with `/32` is the same without, and people write both. */
function plainly(value: unknown): string {
  return typeof value === 'string' ? value.replace(/\/32(?= |,|$)/g, '') : '';
}

/**
 * A disk is known by its name in the guest. The first is what it runs from: no guest survives to have that one taken
 * away, and none sees another one under a name that it has in use.
 */
function diskDifferences(
  wanted: XlConfig,
  live: XlConfig,
): { readonly attach: readonly string[]; readonly detach: readonly string[]; readonly restart: readonly string[] } {
  const want = devicesOf(wanted, 'disks', 'vdev');
  const have = devicesOf(live, 'disks', 'vdev');
  const [first] = have.keys();
  const text = (disk: Device | undefined): string =>
    disk === undefined ? 'none' : `${String(disk['pdev_path'])} ${Number(disk['readwrite'] ?? 0) === 1 ? 'w' : 'r'}`;
  const changed = [...have.keys()].filter((vdev) => want.has(vdev) && text(want.get(vdev)) !== text(have.get(vdev)));
  const gone = [...have.keys()].filter((vdev) => !want.has(vdev));
  const restarting = new Set([...changed, ...gone.filter((vdev) => vdev === first)]);
  return {
    attach: [...want.keys()].filter((vdev) => !have.has(vdev)),
    detach: gone.filter((vdev) => !restarting.has(vdev)),
    restart: [...restarting].map((vdev) => `disk ${vdev} ${text(have.get(vdev))} -> ${text(want.get(vdev))}`),
  };
}
