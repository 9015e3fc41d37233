/** Whether anybody is told. */
import { counted } from '../views/words.ts';
import { fine, type HostFacts, type Remark, risk } from './facts.ts';

export function notifyChecks({ receivers }: HostFacts): readonly Remark[] {
  if (receivers > 0) return [fine('notify', `alerts go to ${counted(receivers, 'receiver')}`)];
  return [
    risk(
      'notify',
      'nobody is told when somebody touches the firewall',
      'Add `notify` to the local config; `natroute doctor --notify` sends a test alert.',
    ),
  ];
}
