/** State files -> Desired, or everything that is wrong with them at once. */
import type { Allow } from '../../model/allow.ts';
import type { Address, Check, Desired, Guest, Host } from '../../model/desired.ts';
import { hasErrors } from '../../model/diagnostic.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { ChecksFile } from '../../model/generated/checks-file.ts';
import type { GroupsFile } from '../../model/generated/groups-file.ts';
import type { GuestFile } from '../../model/generated/guest-file.ts';
import type { HostFile } from '../../model/generated/host-file.ts';
import { limits } from '../../model/limits.ts';
import type { StateFile } from '../../model/state.ts';
import {
  validateChecksFile,
  validateGroupsFile,
  validateGuestFile,
  validateHostFile,
} from '../generated/validators.js';
import type { Validator } from '../generated/validators.js';
import type { LintOptions } from '../lint/finding.ts';
import { lint } from '../lint/lint.ts';
import { buildChecks } from './build/checks.ts';
import { spanOfKey, spanOfName } from './build/draft.ts';
import type { Draft, GuestSurroundings, Known, Origins } from './build/draft.ts';
import { buildGuest } from './build/guest.ts';
import { buildGroups, buildHost } from './build/host.ts';
import { readText } from './bytes.ts';
import { atMost, inFileOrder } from './order.ts';
import { shape } from './shape.ts';
import { excerptOf, offsetOf, positionAt, tokenAt } from './source.ts';
import type { Source } from './source.ts';
import { spellSourceNetwork } from './spell/ips.ts';
import { spellName } from './spell/names.ts';
import { sure } from './spell/spelled.ts';
import { aboutFile, refuseKind, roleOf, selectFiles } from './tree.ts';
import { readYaml } from './yaml.ts';
import type { YamlFile } from './yaml-data.ts';

export interface ParseOptions {
  /** This host's name: its folder below hosts/, where there is one. */
  readonly host: string;
  readonly now: Date;
  /** Files without fault of the last parse: one that did not change is not read again. Filled anew by each parse. */
  readonly memo?: ParseMemo;
  /** What a commit may name on this host; absent where that is not known, as on somebody's desk. */
  readonly allow?: Allow;
}

/** What the last parse found in files without fault. */
export interface ParseMemo {
  /** Path -> what the file says. */
  files: ReadonlyMap<string, ReadFile>;
  ground: Ground;
  readonly origins: Origins;
  /** The host of the last parse, and what it hung on. */
  host: { readonly ground: Ground; readonly carriers: string; readonly host: Host } | null;
  /** The guests of the last parse that had nothing to be told, its host and what the local config allowed. */
  settled: Settled | null;
}

interface Settled {
  readonly host: Host;
  readonly allow: Allow | undefined;
  readonly guests: ReadonlySet<Guest>;
}

interface ReadFile {
  /** Those of the newest commit that had the same, so that no older one's are kept. */
  content: Uint8Array | null;
  readonly file: YamlFile;
  readonly data: unknown;
  /** What was made of it the last time, where nothing was to be said about it. */
  built: BuiltGuest | null;
}

/** The contents of the other files that decide what is made of a guest's: the same objects, the same guest. */
type Ground = readonly unknown[];

interface BuiltGuest {
  readonly ground: Ground;
  readonly guest: Guest;
  readonly rules: number;
}

export function createParseMemo(): ParseMemo {
  return { files: new Map(), ground: [], origins: new WeakMap(), host: null, settled: null };
}

export interface Parsed {
  /** Null iff the diagnostics hold an error. */
  readonly desired: Desired | null;
  /** In file and line order; at most `limits.diagnosticsShown` and one that says how many more there are. */
  readonly diagnostics: readonly Diagnostic[];
}

/** All problems of all files at once, lint included. Never throws for what is in the files. */
export function parseState(
  files: readonly StateFile[],
  { host, now, memo = createParseMemo(), allow }: ParseOptions,
): Parsed {
  const reading = readFiles(files, host, memo);
  memo.files = reading.clean;
  const desired = build(reading, { hostName: host, now, memo, allow });
  const diagnostics = atMost(inFileOrder(reading.diagnostics));
  return { desired: hasErrors(diagnostics) ? null : desired, diagnostics };
}

/** One file that has the shape of its schema, as far as it was not refused. */
interface Shape<T> {
  readonly draft: Draft;
  readonly data: T;
  /** Null for a file with a fault. */
  readonly read: ReadFile | null;
}

interface Reading {
  readonly diagnostics: Diagnostic[];
  readonly origins: Origins;
  readonly sources: Map<string, Source>;
  host: Shape<HostFile> | null;
  readonly guests: Map<string, Shape<GuestFile>>;
  readonly checks: Shape<ChecksFile>[];
  readonly groups: Shape<NonNullable<GroupsFile>>[];
  /** By the names of all files in guests/. */
  readonly guestNames: Set<string>;
  groupsWhole: boolean;
  readonly known: ReadonlyMap<string, ReadFile>;
  readonly clean: Map<string, ReadFile>;
}

function readFiles(files: readonly StateFile[], host: string, memo: ParseMemo): Reading {
  const reading: Reading = {
    diagnostics: [],
    origins: memo.origins,
    sources: new Map(),
    host: null,
    guests: new Map(),
    checks: [],
    groups: [],
    guestNames: new Set(),
    groupsWhole: true,
    known: memo.files,
    clean: new Map(),
  };
  const { layout, wanted, diagnostics } = selectFiles(
    files.map((f) => f.path),
    host,
  );
  reading.diagnostics.push(...diagnostics);
  for (const file of files) {
    const problem = refuseKind(file);
    if (problem !== null) reading.diagnostics.push(aboutFile(file.path, 'error', problem));
  }
  if (hasErrors(diagnostics) && diagnostics.some((d) => d.code === 'too-many-files')) return reading;
  const byPath = new Map(files.map((f) => [f.path, f]));
  for (const path of wanted) {
    const file = byPath.get(path);
    const role = roleOf(path, layout, host);
    if (file?.kind === 'file' && role !== null) readRole(reading, file, role);
  }
  return reading;
}

function readRole(reading: Reading, file: StateFile, role: NonNullable<ReturnType<typeof roleOf>>): void {
  switch (role.kind) {
    case 'host':
      reading.host = readShape(reading, file, validateHostFile);
      return;
    case 'checks': {
      const shaped = readShape(reading, file, validateChecksFile);
      if (shaped !== null) reading.checks.push(shaped);
      return;
    }
    case 'groups': {
      const shaped = readShape(reading, file, validateGroupsFile);
      if (shaped === null) reading.groupsWhole = false;
      else if (shaped.data !== null) reading.groups.push({ ...shaped, data: shaped.data });
      if (shaped?.draft.whole === false) reading.groupsWhole = false;
      return;
    }
    case 'guest': {
      reading.guestNames.add(role.name);
      const name = spellName('guest', role.name);
      if ('problem' in name) reading.diagnostics.push(aboutFile(file.path, 'error', name.problem));
      const shaped = readShape(reading, file, validateGuestFile);
      if (shaped !== null && !('problem' in name)) reading.guests.set(role.name, shaped);
      return;
    }
    default: {
      const never: never = role;
      throw new Error(`a file of unknown role: ${String(never)}`);
    }
  }
}

function readShape<T>(reading: Reading, file: StateFile, validate: Validator<T>): Shape<T> | null {
  const before = reading.known.get(file.path);
  if (before !== undefined && sameBytes(before.content, file.content)) {
    before.content = file.content;
    reading.clean.set(file.path, before);
    reading.sources.set(file.path, before.file.source);
    const draft = { file: before.file, whole: true, diagnostics: reading.diagnostics, origins: reading.origins };
    // The role follows from the path: the shape is that of the same schema.
    return { draft, data: before.data as T, read: before };
  }
  const text = readText(file);
  if ('diagnostic' in text) {
    reading.diagnostics.push(text.diagnostic);
    return null;
  }
  reading.sources.set(file.path, text.source);
  const yaml = readYaml(text.source);
  reading.diagnostics.push(...yaml.diagnostics);
  if (yaml.file === null) return null;
  const shaped = shape(yaml.file, validate);
  // A value that YAML itself made doubtful has been told already.
  const told = new Set(yaml.diagnostics.map(place));
  reading.diagnostics.push(...shaped.diagnostics.filter((d) => !told.has(place(d))));
  if (shaped.data === null) return null;
  const whole = shaped.whole && yaml.diagnostics.length === 0;
  const clean = whole && shaped.diagnostics.length === 0;
  const read: ReadFile | null = clean
    ? { content: file.content, file: yaml.file, data: shaped.data, built: null }
    : null;
  if (read !== null) reading.clean.set(file.path, read);
  const draft = { file: yaml.file, whole, diagnostics: reading.diagnostics, origins: reading.origins };
  return { draft, data: shaped.data, read };
}

function sameBytes(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one !== null && other !== null && Buffer.compare(one, other) === 0;
}

function place({ at }: Diagnostic): string {
  return `${at?.line ?? 0}:${at?.column ?? 0}`;
}

interface BuildOptions {
  readonly hostName: string;
  readonly now: Date;
  readonly memo: ParseMemo;
  readonly allow: Allow | undefined;
}

function build(reading: Reading, { hostName, now, memo, allow }: BuildOptions): Desired | null {
  const groups = readGroups(reading);
  if (reading.host === null) return null;
  const host = buildHost(reading.host.draft, reading.host.data, hostName);
  const known: Known = {
    addresses: new Map(host.addresses.map((a) => [a.name, a])),
    networks: new Map(host.networks.map((n) => [n.name, n])),
    groups,
    guests: reading.guestNames,
    hostWhole: reading.host.draft.whole,
    groupsWhole: reading.groupsWhole,
  };
  const ground = [hostName, reading.host.data, ...reading.groups.map(({ data }) => data)];
  if (!sameGround(ground, memo.ground)) memo.ground = ground;
  const around = { host, known, spent: { rules: 0 } };
  const guests = [...reading.guests]
    .map(([name, shape]) => guestOf(shape, { name, around, ground: memo.ground }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const checks = reading.checks.flatMap(({ draft, data }): readonly Check[] =>
    buildChecks(draft, data, { host, known, guests }),
  );
  const carried = sameHost(memo, carry(host, guests, reading.origins));
  const desired: Desired = { host: carried, guests, checks, groups };
  const settled = memo.settled?.host === carried && memo.settled.allow === allow ? memo.settled.guests : undefined;
  reading.diagnostics.push(...lintAll(reading, desired, { now, allow, settled }));
  if (reading.diagnostics.length === 0) memo.settled = { host: carried, allow, guests: new Set(guests.filter(lasts)) };
  return desired;
}

/** Whether only a change of the files can make something wrong with it. */
function lasts({ forwards }: Guest): boolean {
  return forwards.every(({ until }) => until === null);
}

/** The very host of the last parse, where neither the files that it is built from nor its carriers have changed. */
function sameHost(memo: ParseMemo, host: Host): Host {
  const carriers = JSON.stringify(host.addresses.map(({ carriedBy }) => carriedBy));
  if (memo.host?.ground !== memo.ground || memo.host.carriers !== carriers)
    memo.host = { ground: memo.ground, carriers, host };
  return memo.host.host;
}

function sameGround(one: Ground, other: Ground): boolean {
  return one.length === other.length && one.every((part, i) => part === other[i]);
}

interface GuestPlace {
  readonly name: string;
  readonly around: GuestSurroundings;
  readonly ground: Ground;
}

/** The very guest of the last parse, where neither its file nor what it is built on has changed. */
function guestOf({ draft, data, read }: Shape<GuestFile>, { name, around, ground }: GuestPlace): Guest {
  const before = read?.built ?? null;
  if (before?.ground === ground && around.spent.rules + before.rules <= limits.forwards) {
    around.spent.rules += before.rules;
    return before.guest;
  }
  const [said, spent] = [draft.diagnostics.length, around.spent.rules];
  const guest = buildGuest(draft, data, name, around);
  if (read !== null)
    read.built = draft.diagnostics.length > said ? null : { ground, guest, rules: around.spent.rules - spent };
  return guest;
}

function readGroups(reading: Reading): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>();
  for (const { draft, data } of reading.groups) {
    const own = buildGroups(draft, data, groups, (text) => sure(spellSourceNetwork(text)).text);
    for (const [name, cidrs] of own) groups.set(name, cidrs);
  }
  return groups;
}

/** Says at each address which guest carries it; of several the first, lint tells the rest. */
function carry(host: Host, guests: readonly Guest[], origins: Origins): Host {
  const carriers = new Map<string, string>();
  for (const guest of guests)
    for (const i of guest.interfaces)
      if (i.kind === 'routed' && guest.state !== 'absent' && !carriers.has(i.address))
        carriers.set(i.address, guest.name);
  const addresses = host.addresses.map((address): Address => {
    const carriedBy = carriers.get(address.name);
    if (carriedBy === undefined) return address;
    const carried: Address = { ...address, carriedBy, reached: address.reached ?? 'route' };
    const origin = origins.get(address);
    if (origin !== undefined) origins.set(carried, origin);
    return carried;
  });
  return { ...host, addresses };
}

function lintAll(
  reading: Reading,
  desired: Desired,
  { now, allow, settled }: Pick<BuildOptions, 'now' | 'allow'> & { readonly settled: Settled['guests'] | undefined },
): readonly Diagnostic[] {
  const unfinished = [...reading.guests].filter(([, { draft }]) => !draft.whole).map(([name]) => name);
  const found = lint(desired, {
    now,
    ...(allow === undefined ? {} : { allow }),
    ...(settled === undefined ? {} : { settled }),
    where: whereIn(reading.origins),
    hostWhole: reading.host?.draft.whole ?? false,
    unfinishedGuests: new Set(unfinished),
  });
  return found.map((diagnostic) => withExcerpt(diagnostic, reading.sources));
}

/** Where parts of the last parse are written, as lint asks for it. */
export function whereIn(origins: Origins): NonNullable<LintOptions['where']> {
  return (part, key, name) => {
    const origin = origins.get(part);
    if (origin === undefined) return null;
    const { file, raw, only } = origin;
    if (name === undefined) return positionAt(file.source, spanOfKey(file, raw, only ?? key)[0]);
    const inner = (raw as Record<string, unknown>)[key];
    // What is not written here comes from the defaults.
    if (typeof inner !== 'object' || inner === null || !(name in inner)) return null;
    return positionAt(file.source, spanOfName(file, inner, name)[0]);
  };
}

function withExcerpt(diagnostic: Diagnostic, sources: ReadonlyMap<string, Source>): Diagnostic {
  const source = diagnostic.at === undefined ? undefined : sources.get(diagnostic.at.file);
  if (source === undefined || diagnostic.at === undefined) return diagnostic;
  return { ...diagnostic, excerpt: excerptOf(source, tokenAt(source, offsetOf(source, diagnostic.at))) };
}
