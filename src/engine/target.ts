/** State files -> target: parse, lint, compile, and let this host's kernel spell the rules. */
import { compileNat } from '../core/nat/compile.ts';
import { parseNatTarget, renderNat } from '../core/nat/render.ts';
import { parseState } from '../core/parse/parse.ts';
import { hasErrors, type Diagnostic } from '../model/diagnostic.ts';
import { families, type Family } from '../model/family.ts';
import { Fault } from '../model/fault.ts';
import type { StateFile } from '../model/state.ts';
import type { ChainTarget, NatTarget, Target } from '../model/target.ts';
import type { Config } from '../config.ts';
import type { Clock, Netfilter } from '../ports.ts';

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
}

export async function compileFiles(world: Compiler, files: readonly StateFile[]): Promise<Compiled> {
  const { desired, diagnostics } = parseState(files, { host: world.config.host, now: world.clock.now() });
  if (desired === null || hasErrors(diagnostics)) return { target: null, diagnostics };
  const nat = compileNat(desired);
  const spelled: Record<Family, NatTarget> = { v4: nat.v4, v6: nat.v6 };
  const refusals: Diagnostic[] = [];
  for (const family of families) {
    const result = await spellByKernel(world, family, nat[family]);
    if ('refusal' in result) refusals.push(result.refusal);
    else spelled[family] = result.nat;
  }
  if (refusals.length > 0) return { target: null, diagnostics: [...diagnostics, ...refusals] };
  return { target: { host: desired.host, guests: desired.guests, nat: spelled }, diagnostics };
}

/** The same rules in the kernel's own spelling; where no namespace may be made, our own spelling serves. */
async function spellByKernel(
  world: Compiler,
  family: Family,
  nat: NatTarget,
): Promise<{ readonly nat: NatTarget } | { readonly refusal: Diagnostic }> {
  const ours = renderNat(nat);
  if (ours === '') return { nat };
  try {
    const kernels = await world.netfilter.canonicalise(family, ours);
    return { nat: kernels === ours ? nat : withPositions(parseNatTarget(kernels), nat) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (error.code === 'no-permission') return { nat };
    if (error.code !== 'command-failed') throw error;
    return {
      refusal: {
        code: 'refused-by-kernel',
        severity: 'error',
        message: `this host's kernel refuses the rules: ${error.detail.output ?? error.message}`,
        help: 'A kernel module or extension is missing on this host, or the rule asks for what it cannot do; see `natroute doctor`.',
      },
    };
  }
}

/** The kernel keeps the order of rules, so the nth rule of a chain is still the nth: only its spelling may differ. */
function withPositions(kernels: NatTarget, ours: NatTarget): NatTarget {
  const positions = new Map(ours.chains.map((chain) => [chain.name, chain]));
  const chains = kernels.chains.map((chain): ChainTarget => {
    const own = positions.get(chain.name);
    return {
      name: chain.name,
      rules: chain.rules.map((rule, i) => {
        const at = own?.rules[i]?.at;
        return at === undefined ? rule : { ...rule, at };
      }),
    };
  });
  return { chains, jumps: kernels.jumps };
}
