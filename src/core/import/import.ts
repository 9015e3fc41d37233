/** `natroute import`, pure: what a host has, as a state repository that means the same, and a list of what it cannot say. */
import type { Desired } from '../../model/desired.ts';
import { hasErrors, type Diagnostic } from '../../model/diagnostic.ts';
import type { FoundHost } from '../../model/found.ts';
import type { StateFile } from '../../model/state.ts';
import { examine } from '../check.ts';
import { compileNat } from '../nat/compile.ts';
import { parseSave } from '../nat/save.ts';
import { parseState } from '../parse/parse.ts';
import type { Left } from './domu.ts';
import { readDomains, readSysctls, readToolstacks, runningNames } from './files.ts';
import { guestsOf, routedAddresses, type Found } from './guests.ts';
import { readForwards, type RuleLine, type Tables } from './nat.ts';
import { readNetwork } from './network.ts';
import { prove } from './proof.ts';
import { stateFiles, type StateForward, type StateGuest, type StateHost } from './state.ts';
import { readWays } from './ways.ts';

export interface Imported {
  readonly files: ReadonlyMap<string, string>;
  readonly desired: Desired;
  /** Rules of the owner's that `apply --take` moves into natroute's chains. */
  readonly taken: readonly RuleLine[];
  /** What no file says, in the order of the host: files, network, rules. */
  readonly left: readonly Left[];
  /** What the same packets meet otherwise afterwards. */
  readonly changed: readonly string[];
}

export interface ImportOptions {
  readonly hostName: string;
  readonly now: Date;
}

/** Null where the host has no uplink: nothing could be said of it. Faults: table-unreadable. */
export function importHost(found: FoundHost, options: ImportOptions): Imported | null {
  const tables: Tables = { v4: parseSave(found.nat.v4), v6: parseSave(found.nat.v6) };
  const network = readNetwork(found);
  if (network === null) return null;
  const { defaults, left: ofToolstacks } = readToolstacks(found.files);
  const { domains, left: ofDomains } = readDomains(found, {
    script: defaults.script,
    uplink: network.uplink.interface,
  });
  const carried = routedAddresses(domains, network);
  const base: Found = {
    network,
    domains,
    carried,
    bridge: defaults.bridge,
    running: runningNames(found),
    autostart: found.autostart,
  };
  const { guests: all, left: ofGuests } = guestsOf(base, tables);
  const host: StateHost = {
    ...network,
    carried,
    timezone: found.timezone,
    ways: new Map(),
    sysctls: readSysctls(found.files),
  };
  const { guests, left: unsound } = soundGuests(host, all, options);
  const bare = mustParse(host, guests, options);
  const { forwards, odd } = readForwards(tables, bare, options.now);
  const ways = readWays(tables, bare, { forwards, now: options.now });
  const whole: StateHost = {
    ...host,
    ways: ways.ofNetworks,
    listens: host.listens.filter((one) => !isForwarded(one, forwards)),
  };
  const withSnat = guests.map((guest) => ({
    ...guest,
    interfaces: guest.interfaces.map((one) =>
      one.kind === 'nat' ? { ...one, snat: one.ips.flatMap((ip) => ways.ofGuests.get(ip) ?? [])[0] ?? null } : one,
    ),
  }));
  const proven = prove(tables, { host: whole, guests: withSnat, forwards, odd, bare, now: options.now }, (state, own) =>
    mustParse(state, own, options),
  );
  const shadowed = host.listens.filter((one) => isForwarded(one, forwards));
  return {
    files: stateFiles(whole, proven.guests),
    desired: proven.desired,
    taken: proven.taken,
    left: [
      ...found.troubles.map((text): Left => ({ at: null, what: text, why: 'it could not be looked at' })),
      ...ofToolstacks,
      ...ofDomains,
      ...network.left,
      ...ofGuests,
      ...unsound,
      ...shadowed.map(({ port, protocol }): Left => {
        const what = `the host's own port ${port}/${protocol}`;
        return { at: null, what, why: 'a forward takes what comes to it, so that it is not in listens' };
      }),
      ...proven.left,
    ],
    changed: proven.changed,
  };
}

function isForwarded(one: StateHost['listens'][number], forwards: readonly StateForward[]): boolean {
  return forwards.some(
    ({ protocol, ports }) => protocol === one.protocol && ports.first <= one.port && one.port <= ports.last,
  );
}

function parseFiles(
  files: ReadonlyMap<string, string>,
  { hostName, now }: ImportOptions,
): { readonly desired: Desired | null; readonly diagnostics: readonly Diagnostic[] } {
  const encoder = new TextEncoder();
  const state = [...files]
    .filter(([path]) => path === 'host.yaml' || path.startsWith('guests/'))
    .map(([path, text]): StateFile => {
      const content = encoder.encode(text);
      return { path, kind: 'file', bytes: content.length, content };
    });
  const { desired, diagnostics } = parseState(state, { host: hostName, now });
  return { desired, diagnostics };
}

/** Guests whose files natroute itself would refuse are left, in its own words. */
function soundGuests(
  host: StateHost,
  guests: readonly StateGuest[],
  options: ImportOptions,
): { readonly guests: readonly StateGuest[]; readonly left: readonly Left[] } {
  const left: Left[] = [];
  let sound = guests;
  for (;;) {
    const { diagnostics } = parseFiles(stateFiles(host, sound), options);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const wrong = sound.flatMap(({ name }) => {
      const error = errors.find(({ at }) => at?.file === `guests/${name}.yaml`);
      return error === undefined ? [] : [{ name, why: error.message }];
    });
    if (wrong.length === 0) return { guests: sound, left };
    left.push(...wrong.map(({ name, why }): Left => ({ at: null, what: `the guest ${name}`, why })));
    sound = sound.filter((guest) => !wrong.some(({ name }) => name === guest.name));
  }
}

/** What natroute wrote itself and cannot read is a mistake of its own, and must not reach a repository. */
function mustParse(host: StateHost, guests: readonly StateGuest[], options: ImportOptions): Desired {
  const { desired, diagnostics } = parseFiles(stateFiles(host, guests), options);
  const found =
    desired === null ? diagnostics : [...diagnostics, ...examine(desired, compileNat(desired), options.now)];
  if (desired !== null && !hasErrors(found)) return desired;
  const [first] = found.filter(({ severity }) => severity === 'error');
  const place = first?.at === undefined ? '' : `${first.at.file}:${first.at.line}:${first.at.column}: `;
  throw new Error(`what was imported is no valid state: ${place}${first?.message ?? ''}`);
}
