/** Our rules as a boot restores them before the daemon is up: ours alone, first in their chains, whatever is there already. */
import type { NatTarget } from '../../model/target.ts';
import { restoreOf } from '../nat/tables.ts';

/** For `iptables-restore --noflush` on tables that have none of our jumps; '' where nothing is ours. */
export function renderBoot(target: NatTarget): string {
  return restoreOf([
    // Declared, a chain of ours that is there already begins empty.
    ...target.chains.map((chain) => `:${chain.name} - [0:0]`),
    ...target.chains.flatMap((chain) => chain.rules.map((rule) => `-A ${chain.name} ${rule.text}`)),
    ...target.jumps.map((jump) => `-I ${jump.chain} 1 ${jump.text}`),
  ]);
}
