/** What `natroute trace` walks through: the target in force with its places in the repository, a commit, or the kernel's own tables. */
import { compileNat } from '../core/nat/compile.ts';
import { parseState } from '../core/parse/parse.ts';
import type { Desired } from '../model/desired.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { families, type Family } from '../model/family.ts';
import { Fault } from '../model/fault.ts';
import type { CommitFacts } from '../model/record.ts';
import type { StateFile } from '../model/state.ts';
import type { NatTarget } from '../model/target.ts';
import { inForce } from './confirmation.ts';
import type { World } from './world.ts';

export interface TraceGround {
  readonly desired: Pick<Desired, 'host' | 'guests' | 'groups'>;
  readonly nat: Readonly<Record<Family, NatTarget>>;
  readonly commit: CommitFacts | null;
  /** Null for what is not in force. */
  readonly generation: number | null;
}

export type Grounded =
  | { readonly kind: 'ground'; readonly ground: TraceGround }
  | { readonly kind: 'broken'; readonly diagnostics: readonly Diagnostic[] };

/** The generation in force, else the commit trusted last. Fault usage where there is neither. */
export async function groundInForce(world: World): Promise<Grounded> {
  const generation = await inForce(world);
  if (generation === null) {
    const head = await world.mirror.trusted();
    if (head === null) {
      throw new Fault('usage', 'nothing was fetched or applied on this host yet', {
        help: 'Run `natroute plan` first, or walk a folder: natroute trace SOURCE DESTINATION --state DIR',
      });
    }
    return groundOfCommit(world, head);
  }
  const { target, commit, number } = generation;
  const written = commit === null ? null : await readCommit(world, commit.commit);
  // The rules are those in force; the commit lends them their places, and the groups.
  const nat = written === null ? target.nat : withPlaces(target.nat, compileNat(written));
  const desired = { host: target.host, guests: target.guests, groups: written?.groups ?? new Map<string, string[]>() };
  return { kind: 'ground', ground: { desired, nat, commit, generation: number } };
}

/** Fault no-such-revision. */
export async function groundOfCommit(world: World, revision: string): Promise<Grounded> {
  const commit = await world.mirror.resolve(revision);
  const files = await world.mirror.read(commit.commit, world.config.host);
  return groundOfFiles(files, { host: world.config.host, now: world.clock.now(), commit });
}

export function groundOfFiles(
  files: readonly StateFile[],
  { host, now, commit }: { readonly host: string; readonly now: Date; readonly commit: CommitFacts | null },
): Grounded {
  const { desired, diagnostics } = parseState(files, { host, now });
  if (desired === null) return { kind: 'broken', diagnostics };
  return { kind: 'ground', ground: { desired, nat: compileNat(desired), commit, generation: null } };
}

/** Null where the commit is no longer there, or is one that this natroute would refuse: the rules go without places. */
async function readCommit(world: World, id: string): Promise<Desired | null> {
  try {
    const files = await world.mirror.read(id, world.config.host);
    return parseState(files, { host: world.config.host, now: world.clock.now() }).desired;
  } catch (error) {
    if (error instanceof Fault && error.code === 'no-such-revision') return null;
    throw error;
  }
}

type Targets = Readonly<Record<Family, NatTarget>>;

function withPlaces(nat: Targets, written: Targets): Targets {
  const lend = (family: Family): NatTarget => {
    const places = new Map(
      written[family].chains.flatMap(({ name, rules }) => rules.map((rule) => [`${name} ${rule.key}`, rule.at])),
    );
    const chains = nat[family].chains.map(({ name, rules }) => ({
      name,
      rules: rules.map((rule) => {
        const at = places.get(`${name} ${rule.key}`);
        return at === undefined ? rule : { ...rule, at };
      }),
    }));
    return { ...nat[family], chains };
  };
  return Object.fromEntries(families.map((family) => [family, lend(family)])) as Record<Family, NatTarget>;
}
