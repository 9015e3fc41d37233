/** State files -> target: parse, lint, compile, and let this host's kernel spell the rules. */
import { examine } from '../core/check.ts';
import { isAllowed, namedBy, refusal } from '../core/lint/wall.ts';
import { compileNat, type CompileMemo } from '../core/nat/compile.ts';
import { sameRules } from '../core/nat/lines.ts';
import { parseNatTarget, renderNat } from '../core/nat/render.ts';
import { parseState, whereIn, type ParseMemo } from '../core/parse/parse.ts';
import { filesOf } from '../core/render/files.ts';
import { sysctlsOf } from '../core/render/sysctl.ts';
import type { Desired } from '../model/desired.ts';
import { hasErrors, type Diagnostic } from '../model/diagnostic.ts';
import { families, type Family } from '../model/family.ts';
import { Fault } from '../model/fault.ts';
import type { StateFile } from '../model/state.ts';
import type { ChainTarget, NatTarget, Target } from '../model/target.ts';
import type { Config } from '../config.ts';
import type { Clock, HostFiles, Netfilter } from '../ports.ts';

export interface Compiled {
  /** Null iff the diagnostics hold an error. */
  readonly target: Target | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** The part of the world that compiling needs. */
interface Compiler {
  readonly config: Config;
  readonly clock: Clock;
  readonly netfilter: Netfilter;
  readonly hostFiles: Pick<HostFiles, 'realPath'>;
  readonly parsed: ParseMemo;
  readonly made: CompileMemo;
}

/**
 * `known` is a target that this very kernel spelled already: its rules are not asked about again, so that a push costs
 * what it changes and not what the host has.
 */
export async function compileFiles(
  world: Compiler,
  files: readonly StateFile[],
  known: Target | null,
): Promise<Compiled> {
  const now = world.clock.now();
  const parsed = parseState(files, { host: world.config.host, now, memo: world.parsed, allow: world.config.allow });
  const { desired } = parsed;
  if (desired === null) return { target: null, diagnostics: parsed.diagnostics };
  const nat = compileNat(desired, world.made);
  // A thought packet for each check, before any rule is handed to a kernel.
  const diagnostics = [...parsed.diagnostics, ...examine(desired, nat, now)];
  if (hasErrors(diagnostics)) return { target: null, diagnostics };
  const { host, guests } = desired;
  const astray = await behindLinks(world, desired);
  if (astray.length > 0) return { target: null, diagnostics: [...diagnostics, ...astray] };
  const own = { files: filesOf(desired), sysctls: sysctlsOf(desired) };
  const spelled = await spellTarget(world.netfilter, { host, guests, nat, ...own }, known);
  return { target: spelled.target, diagnostics: [...diagnostics, ...spelled.diagnostics] };
}

/**
 * A path that is allowed may be a link to one that is not. A block device of LVM's is always a link, to a name that says
 * nothing: of what is below /dev only the folder counts.
 */
async function behindLinks(world: Compiler, desired: Desired): Promise<readonly Diagnostic[]> {
  const { allow } = world.config;
  const found: Diagnostic[] = [];
  for (const named of namedBy(desired, { now: world.clock.now(), where: whereIn(world.parsed.origins) })) {
    const { what, value } = named;
    if (!value.startsWith('/') || (what !== 'disks' && what !== 'kernels' && what !== 'bootloaders')) continue;
    const real = await realOf(world.hostFiles, value);
    if (real !== null && !isAllowed(allow, what, real))
      found.push(refusal({ ...named, value: real, who: `${named.who}, by a link at ${value},` }));
  }
  return found;
}

async function realOf(files: Pick<HostFiles, 'realPath'>, path: string): Promise<string | null> {
  if (!path.startsWith('/dev/')) return files.realPath(path);
  const slash = path.lastIndexOf('/');
  const folder = await files.realPath(path.slice(0, slash));
  return folder === null ? null : `${folder}/${path.slice(slash + 1)}`;
}

/** The target as this host's kernel spells its rules, or its refusal. `known` as for compileFiles. */
export async function spellTarget(netfilter: Netfilter, target: Target, known: Target | null): Promise<Compiled> {
  const spelled: Record<Family, NatTarget> = { v4: target.nat.v4, v6: target.nat.v6 };
  const refusals: Diagnostic[] = [];
  for (const family of families) {
    const result = await spellByKernel(netfilter, family, {
      nat: target.nat[family],
      known: known?.nat[family].chains ?? [],
    });
    if ('refusal' in result) refusals.push(result.refusal);
    else spelled[family] = result.nat;
  }
  if (refusals.length > 0) return { target: null, diagnostics: refusals };
  return { target: { ...target, nat: spelled }, diagnostics: [] };
}

/** Of each chain the rules that its namesake among `known` has not. */
function unknownRules(nat: NatTarget, known: readonly ChainTarget[]): readonly ChainTarget[] {
  const namesakes = new Map(known.map((chain) => [chain.name, chain.rules]));
  return nat.chains.map(({ name, rules }) => {
    const before = namesakes.get(name) ?? [];
    if (sameRules(name, rules, before)) return { name, rules: [] };
    const texts = new Set(before.map(({ text }) => text));
    return { name, rules: rules.filter(({ text }) => !texts.has(text)) };
  });
}

/** The same rules in the kernel's own spelling; where no namespace may be made, our own spelling serves. */
async function spellByKernel(
  netfilter: Netfilter,
  family: Family,
  { nat, known }: { readonly nat: NatTarget; readonly known: readonly ChainTarget[] },
): Promise<{ readonly nat: NatTarget } | { readonly refusal: Diagnostic }> {
  const unknown = unknownRules(nat, known);
  if (unknown.every((chain) => chain.rules.length === 0)) return { nat };
  const asked = renderNat({ chains: unknown, jumps: nat.jumps });
  try {
    const kernels = await netfilter.canonicalise(family, asked);
    return { nat: kernels === asked ? nat : respelled(nat, unknown, parseNatTarget(kernels)) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === 'no-permission') return { nat };
    if (error.code !== 'command-failed') throw error;
    return {
      refusal: {
        code: 'refused-by-kernel',
        severity: 'error',
        message: `this host's kernel refuses the rules: ${error.detail.output ?? error.message}`,
        help: 'A kernel module or extension is missing on this host, or the rule asks for what it cannot do.',
      },
    };
  }
}

/** The kernel keeps the order of rules, so the nth one asked about is still the nth: only its spelling may differ. */
function respelled(nat: NatTarget, asked: readonly ChainTarget[], kernels: NatTarget): NatTarget {
  const answers = new Map(kernels.chains.map((chain) => [chain.name, chain.rules.values()]));
  const chains = nat.chains.map((chain, i): ChainTarget => {
    const unknown = new Set(asked[i]?.rules);
    if (unknown.size === 0) return chain;
    const answer = answers.get(chain.name);
    return {
      name: chain.name,
      rules: chain.rules.map((rule) => {
        if (!unknown.has(rule)) return rule;
        const next = answer?.next().value;
        if (next?.key !== rule.key) throw new Error(`invariant: the kernel's spelling lost the rule ${rule.key}`);
        return { ...rule, text: next.text };
      }),
    };
  });
  return { chains, jumps: kernels.jumps };
}
