/** Whether this host's iptables serves, keeps concurrent edits apart, and is the only one with rules. */
import { fine, type HostFacts, missing, type NetfilterFacts, type Remark, risk, type Trouble } from './facts.ts';

export function netfilterChecks({ netfilter, netfilter6, survey }: HostFacts): readonly Remark[] {
  return [
    ...programChecks('iptables', netfilter),
    ...programChecks('ip6tables', netfilter6),
    ...sameBackend(netfilter, netfilter6),
    ...(survey.otherBackend === true
      ? [
          risk(
            'both-backends',
            'there are rules in both backends of iptables, legacy and nft: both work on every packet',
            'Move the rules to one of them (`iptables-legacy-save`, `iptables-nft-save` show them); `natroute plan` says which matter.',
          ),
        ]
      : []),
    ...(survey.namespaceTrouble === null
      ? []
      : [
          risk(
            'namespaces',
            `no network namespace can be made, so this kernel cannot spell rules for natroute: ${survey.namespaceTrouble}`,
            'Run natroute as root and with CAP_SYS_ADMIN; until then its own spelling serves.',
          ),
        ]),
  ];
}

function programChecks(program: string, facts: NetfilterFacts | Trouble): readonly Remark[] {
  if ('problem' in facts) return [missing(program, facts.problem, facts.help)];
  const { backend, version, compareAndSwap } = facts;
  const found = `${program} ${version}, backend ${backend}`;
  if (compareAndSwap !== 'none') return [fine(program, found)];
  return [
    risk(
      program,
      `${found}: an edit by hand in the very moment of an apply may be lost`,
      'Use iptables 1.8.6 or newer.',
    ),
  ];
}

function sameBackend(v4: NetfilterFacts | Trouble, v6: NetfilterFacts | Trouble): readonly Remark[] {
  if ('problem' in v4 || 'problem' in v6 || v4.backend === v6.backend) return [];
  return [
    risk(
      'different-backends',
      `iptables is ${v4.backend} and ip6tables is ${v6.backend}`,
      'Choose one for both: `update-alternatives --config iptables` and `--config ip6tables`.',
    ),
  ];
}
