/** Whether this host's iptables serves, and keeps concurrent edits apart. */
import type { HostFacts, Remark } from './facts.ts';

export function netfilterChecks({ netfilter }: HostFacts): readonly Remark[] {
  if ('problem' in netfilter)
    return [{ code: 'iptables', severity: 'error', text: netfilter.problem, help: netfilter.help }];
  const { backend, version, compareAndSwap } = netfilter;
  const found = `iptables ${version}, backend ${backend}`;
  if (compareAndSwap !== 'none') return [{ code: 'iptables', severity: 'fine', text: found, help: null }];
  return [
    {
      code: 'iptables',
      severity: 'warning',
      text: `${found}: an edit by hand in the very moment of an apply may be lost`,
      help: 'Use iptables 1.8.6 or newer.',
    },
  ];
}
