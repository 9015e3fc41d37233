/**
 * Whether the ledger is whole, and whether the rules that it recorded are what the recorded commits compile to: without
 * network, and held against this host only where the entry was made by the same programs and the same local config.
 */
import { createCompileMemo } from '../core/nat/compile.ts';
import { renderNat } from '../core/nat/render.ts';
import { families, type Family } from '../model/family.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { CommitFacts, LedgerStep, Versions } from '../model/record.ts';
import type { Netfilter, Progress } from '../ports.ts';
import { createParseMemo } from '../core/parse/parse.ts';
import type { StateFile } from '../model/state.ts';
import type { Target } from '../model/target.ts';
import { unwrittenGap } from './ledger-end.ts';
import { compileFiles } from './target.ts';
import { configDigest } from './versions.ts';
import type { World } from './world.ts';

export interface Verification {
  readonly host: string;
  readonly entries: number;
  readonly first: LedgerStep | null;
  readonly last: LedgerStep | null;
  /** The entry before the first one, let go with all before it; null where none was. */
  readonly letGo: string | null;
  /** What is wrong with the ledger itself. */
  readonly damage: readonly string[];
  /** Where entries are gone, oldest first; `id` null for what is not written down yet. */
  readonly gaps: readonly { readonly id: string | null; readonly at: string; readonly text: string }[];
  /** How many entries have a signature of each worth. */
  readonly signatures: Readonly<Record<CommitFacts['signature'], number>>;
  /** Entries whose rules are what their commit compiles to. */
  readonly same: number;
  /** Entries whose rules are something else. */
  readonly differing: readonly Difference[];
  /** Why the others were not compared, and how many of each. */
  readonly skipped: readonly { readonly why: string; readonly entries: number; readonly first: string }[];
}

export interface Difference {
  readonly id: string;
  readonly at: string;
  readonly commit: string;
  /** The first line that differs, as recorded and as compiled. */
  readonly recorded: string | null;
  readonly compiled: string | null;
}

type Tables = Readonly<Record<Family, string>>;

export async function verify(world: World, progress: Progress): Promise<Verification> {
  const { steps, damage, signatures, letGo } = await world.ledger.verify(progress);
  const here = await hostVersions(world);
  const compile = createCompiler(world);
  const same: string[] = [];
  const differing: Difference[] = [];
  const skipped = new Map<string, { entries: number; first: string }>();
  for (let from = 0; from < steps.length; from += limits.ledgerTablesAtOnce) {
    progress(from, steps.length);
    const some = steps.slice(from, from + limits.ledgerTablesAtOnce);
    const recorded = await readTables(
      world,
      some.filter((step) => notCompared(step, here) === null),
    );
    for (const step of some) {
      const verdict = notCompared(step, here) ?? (await compare(step, recorded(step), compile));
      if (verdict === null) same.push(step.id);
      else if (typeof verdict === 'object' && step.heading.left === undefined) differing.push(verdict);
      else {
        const why = typeof verdict === 'object' ? 'something was left as somebody had made it' : verdict;
        skipped.set(why, { first: step.id, ...skipped.get(why), entries: (skipped.get(why)?.entries ?? 0) + 1 });
      }
    }
  }
  progress(steps.length, steps.length);
  const signed = (worth: CommitFacts['signature']): number =>
    signatures.filter((one) => one.signature === worth).length;
  return {
    host: world.config.host,
    entries: steps.length,
    first: steps[0] ?? null,
    last: steps.at(-1) ?? null,
    letGo,
    damage: [
      ...damage,
      ...signatures
        .filter(({ signature }) => signature === 'bad')
        .map(({ id }) => `the signature of entry ${id.slice(0, 10)} is bad`),
    ],
    gaps: await gapsIn(world, steps),
    signatures: {
      good: signed('good'),
      bad: signed('bad'),
      unknown: signed('unknown'),
      none: steps.length - signatures.length,
    },
    same: same.length,
    differing,
    skipped: [...skipped].map(([why, { entries, first }]) => ({ why, entries, first })),
  };
}

async function gapsIn(world: World, steps: readonly LedgerStep[]): Promise<Verification['gaps']> {
  const now = await unwrittenGap(world);
  return [
    ...steps.flatMap(({ id, heading: { at, gap } }) => (gap === undefined ? [] : [{ id, at, text: gap }])),
    ...(now === null ? [] : [{ id: null, at: world.clock.now().toISOString(), text: now }]),
  ];
}

/** The recorded tables of these entries. */
async function readTables(world: World, steps: readonly LedgerStep[]): Promise<(step: LedgerStep) => Tables> {
  const tables = steps.length === 0 ? [] : await world.ledger.tables(steps.map(({ id }) => id));
  return (step) => {
    const recorded = tables[steps.indexOf(step)];
    if (recorded === undefined) throw new Error('invariant: an entry without its tables');
    return recorded;
  };
}

/** Iptables and backend are null where this user or this place may not ask for them. */
async function hostVersions(world: World): Promise<Versions> {
  const own = { natroute: world.version, config: configDigest(world.config) };
  try {
    const { version, backend } = await world.netfilter.probe('v4');
    return { ...own, iptables: version, backend };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { ...own, iptables: null, backend: null };
  }
}

/** Why an entry says nothing about what a commit compiles to, or not to this host; null where it does. */
function notCompared({ heading }: LedgerStep, here: Versions): string | null {
  const { cause, outcome, desired, versions, gap, newer, about } = heading;
  if (newer === true) return `a newer natroute (${versions.natroute}) wrote them: update this one to read them`;
  if (gap !== undefined) return 'they tell of a gap, with what was in force then';
  if (about === 'guests') return 'they tell of guests, with the rules of the entry before';
  const settled = outcome === 'applied' || outcome === 'healed' || outcome === 'recovered';
  if (!settled || cause === 'drift') return 'they tell of drift, failure or unloading: no commit asked for those rules';
  if (cause === 'rollback') return 'they tell of going back, without what had ended meanwhile';
  if (desired === null) return 'a folder was applied by hand, no commit';
  if (versions.natroute !== here.natroute) return `natroute ${versions.natroute} wrote them; this is ${here.natroute}`;
  if (versions.config === undefined) return 'their local config was not noted';
  if (versions.config !== here.config) return 'they were made with another local config (host or allow)';
  if (here.iptables !== null && (versions.iptables !== here.iptables || versions.backend !== here.backend))
    return `iptables ${versions.iptables ?? '?'} ${versions.backend ?? '?'} spelled them; here is ${here.iptables} ${here.backend ?? '?'}`;
  return null;
}

type Compile = (step: LedgerStep, commit: string) => Promise<Tables | string>;

/** Null where they are the same; why not, where they cannot be compared. */
async function compare(step: LedgerStep, recorded: Tables, compile: Compile): Promise<Difference | string | null> {
  const commit = step.heading.desired?.commit ?? '';
  const compiled = await compile(step, commit);
  if (typeof compiled === 'string') return compiled;
  const family = families.find((one) => compiled[one] !== recorded[one]);
  if (family === undefined) return null;
  const [was, is] = [recorded[family].split('\n'), compiled[family].split('\n')];
  const at = was.findIndex((line, i) => line !== is[i]);
  const place = at < 0 ? was.length : at;
  return { id: step.id, at: step.heading.at, commit, recorded: was[place] ?? null, compiled: is[place] ?? null };
}

/** The tables that a commit compiles to at the time of an entry, or why it does not; each commit is compiled once. */
function createCompiler(world: World): Compile {
  const known = new Map<string, Tables | string>();
  const netfilter = spelling(world.netfilter);
  // Where a link led then nobody knows any more.
  const hostFiles = { realPath: (path: string): Promise<string> => Promise.resolve(path) };
  const memos = { parsed: createParseMemo(), made: createCompileMemo() };
  // What one commit has and the last one had too is spelled already.
  let last: Target | null = null;
  return async (step, commit) => {
    const before = known.get(commit);
    if (before !== undefined) return before;
    const files = await filesOf(world, commit);
    const clock = { ...world.clock, now: () => new Date(step.heading.at) };
    const target: Target | null =
      typeof files === 'string'
        ? null
        : (await compileFiles({ config: world.config, clock, netfilter, hostFiles, ...memos }, files, last)).target;
    if (target !== null) last = target;
    const made =
      typeof files === 'string'
        ? files
        : target === null
          ? 'their commit does not compile any more'
          : { v4: renderNat(target.nat.v4), v6: renderNat(target.nat.v6) };
    known.set(commit, made);
    return made;
  };
}

async function filesOf(world: World, commit: string): Promise<readonly StateFile[] | string> {
  try {
    if ((await world.mirror.trusted()) === null) return 'there is no copy of the state repository on this host';
    return await world.mirror.read(commit, world.config.host);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return 'their commit is not in the copy of the state repository';
  }
}

/** The kernel's spelling where it may be asked, else our own, which is meant to be the same. */
function spelling(netfilter: Netfilter): Netfilter {
  return {
    ...netfilter,
    canonicalise: async (family, text) => {
      try {
        return await netfilter.canonicalise(family, text);
      } catch (error) {
        if (error instanceof Fault && error.code !== 'command-failed') return text;
        throw error;
      }
    },
  };
}
