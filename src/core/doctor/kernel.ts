/** Whether the kernel forwards, follows connections, and has room for them. */
import { fine, type HostFacts, type Remark, risk } from './facts.ts';

/** Above this share of its table, conntrack soon drops new connections. */
const fullShare = 0.8;

export function kernelChecks({ survey }: HostFacts): readonly Remark[] {
  return [forwarding(survey.forwarding.v4), conntrack(survey.conntrack), ...bridge(survey.bridgeCallsIptables)];
}

function forwarding(on: boolean | null): Remark {
  if (on === true) return fine('ip-forward', 'the kernel forwards packets');
  return risk(
    'ip-forward',
    on === null ? 'whether the kernel forwards packets cannot be read' : 'the kernel forwards no packets to guests',
    'sysctl -w net.ipv4.ip_forward=1, and the same line in /etc/sysctl.d/ for the next boot.',
  );
}

function conntrack(table: HostFacts['survey']['conntrack']): Remark {
  if (table === null)
    return risk(
      'conntrack',
      'nf_conntrack is not loaded yet: its table cannot be looked at',
      'The first rule of the nat table loads it; `modprobe nf_conntrack` does so now.',
    );
  const { count, most } = table;
  const text = `conntrack follows ${count} connections of at most ${most}`;
  if (count < most * fullShare) return fine('conntrack', text);
  return risk(
    'conntrack',
    `${text}: when its table is full, new connections are dropped`,
    'Raise net.netfilter.nf_conntrack_max, or find who holds so many: conntrack -L.',
  );
}

function bridge(calls: boolean | null): readonly Remark[] {
  if (calls !== true) return [];
  return [
    risk(
      'bridge-nf',
      'bridge-nf-call-iptables is 1: packets between guests of one bridge pass through iptables too',
      'Unless something needs it (Docker does): sysctl -w net.bridge.bridge-nf-call-iptables=0',
    ),
  ];
}
