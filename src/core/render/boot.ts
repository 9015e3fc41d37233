/** Our rules as a boot restores them before the daemon is up: ours alone, first in their chains, whatever is there already. */
import type { NatTarget } from '../../model/target.ts';
import { sectionsOf } from '../nat/lines.ts';
import { placeOf, type TableName } from '../nat/tables.ts';

/** For `iptables-restore --noflush` on tables that have none of our jumps; '' where nothing is ours. */
export function renderBoot({ chains, jumps }: NatTarget): string {
  const lines = (): Record<TableName, string[]> => ({ nat: [], filter: [] });
  const [begin, end] = [lines(), lines()];
  for (const chain of chains) {
    const { table, name } = placeOf(chain.name);
    // Declared, a chain of ours that is there already begins empty.
    begin[table].push(`:${name} - [0:0]`);
  }
  for (const { chain, text } of jumps) {
    const { table, name } = placeOf(chain);
    end[table].push(`-I ${name} 1 ${text}`);
  }
  return sectionsOf(chains, begin, end);
}
