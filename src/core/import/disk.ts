/** One entry of a domain config's `disk`, in the spellings of xl-disk-configuration(5) and in xm's older one. */
import { sure, type Spelled } from '../parse/spell/spelled.ts';
import { spellDiskName, spellPath } from '../parse/spell/texts.ts';
import type { DomuFormat } from '../render/domu.ts';

export interface DraftDisk {
  readonly path: string;
  readonly as: string;
  readonly mode: 'r' | 'w';
}

/** A disk as natroute has it, or what follows "because" where it has none such. */
export function readDisk(text: string, format: DomuFormat): DraftDisk | string {
  const spoken = format === 'xl' ? xlDisk(text.trim()) : xmDisk(text.trim());
  if (typeof spoken === 'string') return spoken;
  const { path, as, mode } = spoken;
  const wrong = problemOf(spellPath(path)) ?? problemOf(spellDiskName(as));
  if (wrong !== null) return wrong;
  const access = modes[mode];
  return access === undefined
    ? `natroute has no access mode ${mode}`
    : { path: sure(spellPath(path)), as, mode: access };
}

interface Spoken {
  readonly path: string;
  readonly as: string;
  readonly mode: string;
}

const modes: Readonly<Record<string, 'r' | 'w' | undefined>> = { 'r': 'r', 'ro': 'r', 'w': 'w', 'rw': 'w', '': 'w' };

function problemOf(spelled: Spelled<unknown>): string | null {
  return 'problem' in spelled ? spelled.problem.message : null;
}

const prefix = /^(raw|qcow2?|vhd|iscsi|e?nbd|drbd|tapdisk|tap2?|aio|ioemu|file|phy|[a-z][a-z0-9]*):(?=\/|[a-z])/;

/** The prefixes that xl takes and forgets. */
const plain = new Set(['raw', 'tapdisk', 'tap', 'tap2', 'aio', 'ioemu', 'file', 'phy']);

/**
 * Parameters with a name in any order, and target, format, vdev and access by their place; after an old prefix there is
 * no format. `target=` takes all that follows.
 */
function xlDisk(text: string): Spoken | string {
  const named = new Map<string, string>();
  const places: string[] = [];
  let rest = text;
  let prefixed = false;
  while (rest !== '') {
    const [, target] = /^\s*target=(.*)$/s.exec(rest) ?? [];
    if (target !== undefined) {
      if (named.has('target') || places.length > 0) return 'it names two targets';
      named.set('target', target);
      break;
    }
    const old = places.length === 0 ? prefix.exec(rest) : null;
    if (old !== null) {
      if (!plain.has(old[1] ?? '')) return `natroute has no disks of the kind ${old[1] ?? ''}`;
      prefixed = true;
      rest = rest.slice(old[0].length);
      continue;
    }
    const comma = rest.indexOf(',');
    const part = (comma === -1 ? rest : rest.slice(0, comma)).trim();
    rest = comma === -1 ? '' : rest.slice(comma + 1);
    const [, key, value = ''] = /^([a-z][-a-z0-9]*)=(.*)$/.exec(part) ?? [];
    if (key !== undefined) {
      if (named.has(key) && named.get(key) !== value) return `it names ${key} twice`;
      named.set(key, value);
    } else if (['cdrom', 'discard', 'no-discard', 'direct-io-safe', 'colo', 'no-colo'].includes(part))
      named.set(part, '');
    else places.push(part);
  }
  return spokenXl(named, places, prefixed);
}

function spokenXl(named: ReadonlyMap<string, string>, places: readonly string[], prefixed: boolean): Spoken | string {
  const left = [...places];
  const place = (key: string): string => named.get(key) ?? left.shift() ?? '';
  const path = place('target');
  const form = prefixed ? '' : place('format');
  const as = place('vdev');
  const mode = place('access');
  if (left.length > 0) return 'it has more parts than xl knows';
  if (named.has('cdrom') || named.get('devtype') === 'cdrom' || as.includes(':')) return 'it is a CD drive';
  if (form === 'empty' || path === '') return 'it has no medium in it';
  if (form !== '' && form !== 'raw') return `natroute has no disks of the format ${form}`;
  const other = [...named.keys()].find((key) => !['target', 'format', 'vdev', 'access', 'devtype'].includes(key));
  return other === undefined ? { path, as, mode } : `natroute's disks have no ${other}`;
}

/** `phy:/dev/vg/lv,xvda,w`; without a slash in front `phy:` means a device below /dev. */
function xmDisk(text: string): Spoken | string {
  const parts = text.split(',').map((part) => part.trim());
  const [source = '', as = '', mode = 'w'] = parts;
  if (parts.length > 3) return 'it names a domain or more that natroute has no word for';
  const [, kind, name] = /^([a-z0-9]+):(.*)$/.exec(source) ?? [];
  if (source === '') return 'it has no medium in it';
  if (kind === undefined || name === undefined) return 'it does not say phy: or file:';
  if (/:cdrom$/.test(as)) return 'it is a CD drive';
  if (kind !== 'phy' && kind !== 'file') return `natroute's disks are phy: or file:, and not ${kind}:`;
  const path = kind === 'phy' && !name.startsWith('/') ? `/dev/${name}` : name;
  if (path.startsWith('/dev/') !== (kind === 'phy')) return `natroute writes ${kind === 'phy' ? 'file' : 'phy'}: here`;
  if (as.startsWith('ioemu:')) return 'natroute has no ioemu:';
  return { path, as: as.replace(/:disk$/, ''), mode };
}
