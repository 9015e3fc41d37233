/** Whether anybody is told. */
import { counted } from '../views/words.ts';
import type { HostFacts, Remark } from './facts.ts';

export function notifyChecks({ receivers }: HostFacts): readonly Remark[] {
  if (receivers > 0)
    return [{ code: 'notify', severity: 'fine', text: `alerts go to ${counted(receivers, 'receiver')}`, help: null }];
  return [
    {
      code: 'notify',
      severity: 'warning',
      text: 'nobody is told when somebody touches the firewall',
      help: 'Add `notify` to the local config; `natroute doctor --notify` sends a test alert.',
    },
  ];
}
