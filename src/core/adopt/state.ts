/** A state repository as adopting needs it: what it says, where each forward is written, and which ways it compiles to. */
import type { Desired, Forward, Guest } from '../../model/desired.ts';
import { hasErrors, type Diagnostic } from '../../model/diagnostic.ts';
import { families, type Family } from '../../model/family.ts';
import type { Forward as WrittenForward, GuestFile } from '../../model/generated/guest-file.ts';
import type { StateFile } from '../../model/state.ts';
import { examine } from '../check.ts';
import { claimsOf, guestIps, type Claim } from '../nat/claims.ts';
import { compileNat, type CompileMemo } from '../nat/compile.ts';
import { parseState, type ParseMemo } from '../parse/parse.ts';
import type { YamlFile } from '../parse/yaml-data.ts';
import { wayId, waysOfTarget, type Way } from './way.ts';

/** One item of a guest's `forwards:`. */
export interface Written {
  readonly guest: Guest;
  readonly index: number;
  readonly raw: WrittenForward;
  /** What it says: for each port all its protocols. */
  readonly forwards: readonly Forward[];
}

export interface State {
  readonly desired: Desired;
  readonly ways: ReadonlyMap<string, Way>;
  /** By the way's id. */
  readonly forwardOf: ReadonlyMap<string, Forward>;
  readonly waysOfForward: ReadonlyMap<Forward, readonly Way[]>;
  readonly writtenOf: ReadonlyMap<Forward, Written>;
  readonly fileOf: ReadonlyMap<string, YamlFile>;
  /** By the IP that its forwards go to. */
  readonly guestAt: ReadonlyMap<string, Guest>;
}

export interface Memo {
  readonly parsed: ParseMemo;
  readonly made: CompileMemo;
}

export interface When {
  readonly host: string;
  readonly now: Date;
}

/** The diagnostics where there are errors among them. */
export function readState(files: readonly StateFile[], when: When, memo: Memo): State | readonly Diagnostic[] {
  const read = readWays(files, when, memo);
  if (!('desired' in read)) return read;
  const { desired, ways } = read;
  const forwardOf = new Map<string, Forward>();
  const waysOfForward = new Map<Forward, readonly Way[]>();
  const writtenOf = new Map<Forward, Written>();
  const fileOf = new Map<string, YamlFile>();
  const guestAt = new Map<string, Guest>();
  for (const guest of desired.guests) {
    const origin = memo.parsed.origins.get(guest);
    if (origin !== undefined) fileOf.set(guest.name, origin.file);
    if (guest.state !== 'absent') for (const ip of Object.values(guestIps(guest))) guestAt.set(ip, guest);
    const items = (origin?.raw as GuestFile | undefined)?.forwards ?? [];
    const byRaw = groupByRaw(guest, memo);
    for (const [index, raw] of items.entries()) {
      const forwards = byRaw.get(raw) ?? [];
      const written: Written = { guest, index, raw, forwards };
      for (const forward of forwards) writtenOf.set(forward, written);
    }
  }
  for (const guest of desired.guests)
    for (const forward of guest.forwards) {
      const claims = claimsOf({ ...desired, guests: [{ ...guest, forwards: [forward] }] });
      const own = families.flatMap((family) => claims[family].map((claim) => wayOfClaim(claim, family)));
      waysOfForward.set(forward, own);
      for (const way of own) forwardOf.set(wayId(way), forward);
    }
  return { desired, ways, forwardOf, waysOfForward, writtenOf, fileOf, guestAt };
}

/** What the files compile to, by the way's id. */
export function readWays(
  files: readonly StateFile[],
  { host, now }: When,
  memo: Memo,
): { readonly desired: Desired; readonly ways: ReadonlyMap<string, Way> } | readonly Diagnostic[] {
  const { desired, diagnostics } = parseState(files, { host, now, memo: memo.parsed });
  if (desired === null) return diagnostics;
  const nat = compileNat(desired, memo.made);
  const said = [...diagnostics, ...examine(desired, nat, now)];
  if (hasErrors(said)) return said;
  const ways = families.flatMap((family) => waysOfTarget(nat[family], family));
  return { desired, ways: new Map(ways.map((way) => [wayId(way), way])) };
}

function groupByRaw(guest: Guest, memo: Memo): ReadonlyMap<object, readonly Forward[]> {
  const found = new Map<object, Forward[]>();
  for (const forward of guest.forwards) {
    const raw = memo.parsed.origins.get(forward)?.raw;
    if (raw === undefined) continue;
    const before = found.get(raw);
    if (before === undefined) found.set(raw, [forward]);
    else before.push(forward);
  }
  return found;
}

function wayOfClaim(claim: Claim, family: Family): Way {
  const { address, protocol, ports, guestIp, to, source, until } = claim;
  return { family, address, protocol, ports, ip: guestIp, to, source, until };
}
