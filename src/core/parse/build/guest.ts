/** guests/NAME.yaml -> Guest. */
import type { Guest, GuestInterface, Host } from '../../../model/desired.ts';
import type { GuestFile, Interface } from '../../../model/generated/guest-file.ts';
import { didYouMean, listed } from '../nearest.ts';
import { spellHostIp } from '../spell/ips.ts';
import { spellMac } from '../spell/macs.ts';
import { sure } from '../spell/spelled.ts';
import { byFamily, caution, positionOf, report, spanOfKey, spanOfSelf, textsOf, unknownAddress } from './draft.ts';
import type { Draft, GuestSurroundings, Known } from './draft.ts';
import { buildForwards } from './forwards.ts';
import { cautionMac } from './host.ts';

export function buildGuest(draft: Draft, data: GuestFile, name: string, around: GuestSurroundings): Guest {
  const { file } = draft;
  const full = merge(around.host.guestDefaults, data);
  const state = full.state ?? 'running';
  const forwards = buildForwards(draft, data, name, around);
  if (state === 'absent' && forwards.length > 0)
    caution(draft, spanOfKey(file, data, 'forwards'), {
      code: 'incomplete-guest',
      message: `${name} is absent: its forwards are not made`,
      help: 'remove them, or the whole file once the guest is gone',
    });
  const guest: Guest = {
    name,
    description: full.description ?? null,
    owner: full.owner ?? null,
    state,
    autostart: full.autostart ?? false,
    restart: full.restart ?? 'never',
    memory: full.memory ?? null,
    vcpus: full.vcpus ?? null,
    type: full.type ?? null,
    boot: full.boot === undefined ? null : { ...full.boot },
    disks: (data.disks ?? []).map((raw) => ({
      path: plainPath(raw.path),
      as: raw.as,
      mode: raw.mode ?? 'w',
      at: positionOf(file, spanOfSelf(file, raw)),
    })),
    interfaces: (data.interfaces ?? []).map((raw) => buildInterface(draft, raw, around)).filter((i) => i !== null),
    options: { ...full.options },
    forwards: state === 'absent' ? [] : forwards,
    at: positionOf(file, file.rootSpan),
  };
  draft.origins.set(guest, { file, raw: data });
  if (draft.whole) checkComplete(draft, full, guest, around.host.toolstack);
  return guest;
}

/** One spelling for one path, so that two that are the same are seen to be. */
function plainPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `/${parts.join('/')}`;
}

/** A guest's own value wins; `boot` and `options` are merged key by key. */
function merge(defaults: Host['guestDefaults'], data: GuestFile): GuestFile {
  const common = defaults as GuestFile;
  const merged: GuestFile = { ...common, ...data };
  if (common.boot !== undefined || data.boot !== undefined) merged.boot = { ...common.boot, ...data.boot };
  if (common.options !== undefined || data.options !== undefined)
    merged.options = { ...common.options, ...data.options };
  return merged;
}

/** What Xen needs to create the guest; forwards alone need none of it. */
function checkComplete(draft: Draft, full: GuestFile, guest: Guest, toolstack: Host['toolstack']): void {
  checkDisks(draft, full);
  if (toolstack !== 'xl' || guest.state === 'unmanaged' || guest.state === 'absent') return;
  const missing = (['memory', 'vcpus', 'disks'] as const).filter((key) => full[key] === undefined);
  if (missing.length === 0) return;
  report(draft, draft.file.rootSpan, {
    code: 'incomplete-guest',
    message: `${guest.name} cannot be created: it has ${missing.map((key) => `no ${key}`).join(' and ')}`,
    help: `add ${missing.join(' and ')}; or state: unmanaged, if natroute shall only make its forwards`,
  });
}

function checkDisks(draft: Draft, full: GuestFile): void {
  const seen = new Set<string>();
  for (const raw of full.disks ?? []) {
    if (seen.has(raw.as))
      report(draft, spanOfKey(draft.file, raw, 'as'), {
        code: 'wrong-value',
        message: `two disks are called ${raw.as}`,
        help: 'give each disk a name of its own: xvda, xvdb, ...',
      });
    seen.add(raw.as);
  }
}

function buildInterface(draft: Draft, raw: Interface, { known }: GuestSurroundings): GuestInterface | null {
  const { file } = draft;
  const at = positionOf(file, spanOfSelf(file, raw));
  cautionMac(draft, raw);
  const mac = raw.mac === undefined ? null : sure(spellMac(raw.mac));
  const made = raw.routed === undefined ? onBridge(draft, raw, known) : carrying(draft, raw, raw.routed, known);
  if (made === null) return null;
  const whole: GuestInterface = made.kind === 'routed' ? { ...made, mac: mac ?? made.mac, at } : { ...made, mac, at };
  draft.origins.set(whole, { file, raw });
  return whole;
}

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function carrying(
  draft: Draft,
  raw: Interface,
  routed: string,
  known: Known,
): Extract<Without<GuestInterface, 'at'>, { kind: 'routed' }> | null {
  const { file } = draft;
  for (const key of ['network', 'ip', 'snat'] as const)
    if (raw[key] !== undefined)
      report(draft, spanOfKey(file, raw, key), {
        code: 'wrong-value',
        message: `a routed interface has no ${key}`,
        help: `it carries ${routed} itself; put ${key} into an interface of its own`,
      });
  const address = known.addresses.get(routed);
  if (address !== undefined) return { kind: 'routed', address: routed, mac: address.mac };
  unknownAddress(draft, raw, 'routed', { name: routed, known });
  return null;
}

function onBridge(
  draft: Draft,
  raw: Interface,
  known: Known,
): Extract<Without<GuestInterface, 'at' | 'mac'>, { kind: 'nat' }> | null {
  const { file } = draft;
  if (raw.network === undefined) {
    // A refused key may be the one that is missed here.
    if (draft.whole)
      report(draft, spanOfSelf(file, raw), {
        code: 'missing-key',
        message: 'the interface is on no network',
        help: 'add network: one of host.yaml, or routed: the public address that the guest carries',
      });
    return null;
  }
  if (!known.networks.has(raw.network)) {
    const names = [...known.networks.keys()];
    if (known.hostWhole)
      report(draft, spanOfKey(file, raw, 'network'), {
        code: 'unknown-reference',
        message: `there is no network ${raw.network}`,
        help: didYouMean(
          raw.network,
          names,
          names.length === 0 ? 'host.yaml has none' : `the networks are ${listed(names)}`,
        ),
      });
    return null;
  }
  if (raw.snat !== undefined && !known.addresses.has(raw.snat))
    unknownAddress(draft, raw, 'snat', { name: raw.snat, known });
  const ips = byFamily(
    draft,
    textsOf(file, raw, 'ip').map(({ text, span }) => ({ value: sure(spellHostIp(text)), span })),
  );
  const { v4, v6 } = ips;
  return {
    kind: 'nat',
    network: raw.network,
    ips: { ...(v4 && { v4: v4.text }), ...(v6 && { v6: v6.text }) },
    snat: raw.snat ?? null,
  };
}
