// A host as its state repository compiles, and what somebody types into its nat tables.
import { adopt, type Adoption } from '../../../src/core/adopt/adopt.ts';
import { showDiagnostics } from '../../../src/core/diagnostics.ts';
import { compileNat } from '../../../src/core/nat/compile.ts';
import { driftNat } from '../../../src/core/nat/diff.ts';
import { excerptNat } from '../../../src/core/nat/excerpt.ts';
import { parseSave } from '../../../src/core/nat/save.ts';
import { parseState } from '../../../src/core/parse/parse.ts';
import { plain } from '../../../src/core/views/paint.ts';
import type { Desired } from '../../../src/model/desired.ts';
import { families, type Family } from '../../../src/model/family.ts';
import type { StateFile } from '../../../src/model/state.ts';
import { chainsOf, saved } from '../nat-fixture.ts';

export const when = { host: 'dom0', now: new Date('2026-11-22T12:00:00Z') };

export type Chains = Record<string, string[]>;

export function desiredOf(files: readonly StateFile[]): Desired {
  const { desired, diagnostics } = parseState(files, when);
  if (desired === null) throw new Error(showDiagnostics(diagnostics, plain));
  return desired;
}

/** What is adopted of what `hands` does to the tables of these files. */
export function adoptAfter(
  files: readonly StateFile[],
  hands: (family: Family, chains: Chains) => void,
): Adoption & { readonly typed: Record<Family, Chains> } {
  const target = compileNat(desiredOf(files));
  const changed = (family: Family): Chains => {
    const chains = chainsOf(target[family]);
    hands(family, chains);
    return chains;
  };
  const chains = { v4: changed('v4'), v6: changed('v6') };
  const table = { v4: parseSave(saved(chains.v4)), v6: parseSave(saved(chains.v6)) };
  const excerpt = (family: Family): string => excerptNat(table[family], target[family]);
  const adoption = adopt({
    ...when,
    files,
    changes: families.flatMap((family) => driftNat(target[family], table[family], family)),
    observed: { v4: excerpt('v4'), v6: excerpt('v6') },
  });
  if (!('adopted' in adoption)) throw new Error(showDiagnostics(adoption, plain));
  return { ...adoption, typed: chains };
}

/** `-A CHAIN RULE`, `-I CHAIN N RULE`, `-R CHAIN N RULE`, `-D CHAIN N`, `-F CHAIN`; a line beginning with 6 is ip6tables'. */
export function typed(lines: readonly string[]): (family: Family, chains: Chains) => void {
  return (family, chains) => {
    for (const line of lines) {
      const [, six, option = '', chain = '', number, rule = ''] =
        /^(6 )?(-[AIRDF]) (\S+)(?: (\d+))?(?: (.*))?$/.exec(line) ?? [];
      if ((six === undefined ? 'v4' : 'v6') !== family) continue;
      const rules = chains[chain] ?? [];
      chains[chain] = rules;
      const at = Number(number ?? 1) - 1;
      if (option === '-A') rules.push(rule);
      else if (option === '-I') rules.splice(at, 0, rule);
      else if (option === '-R') rules.splice(at, 1, rule);
      else if (option === '-D') rules.splice(at, 1);
      else if (option === '-F') rules.length = 0;
      else throw new Error(`not understood: ${line}`);
    }
  };
}
