/** Proofs and connections in words, and the one spelling by which a connection is known again. */
import type { Plan } from '../../model/change.ts';
import type { Confirmation, Connection, Proof } from '../../model/confirmation.ts';
import { showPorts } from '../../model/family.ts';

/** `tcp 203.0.113.1:179`, `ping gateway`, `a new connection from outside to 22/tcp of the host`. */
export function proofText(proof: Proof): string {
  switch (proof.kind) {
    case 'tcp':
      return `tcp ${proof.ip.includes(':') ? `[${proof.ip}]` : proof.ip}:${proof.port}`;
    case 'ping':
      return `ping ${proof.name === proof.ip ? proof.ip : `${proof.name} (${proof.ip})`}`;
    case 'inbound': {
      const ports = proof.any.map(({ ports: range, protocol }) => `${showPorts(range)}/${protocol}`);
      if (ports.length === 0) return '`natroute confirm` over a new connection';
      return `a new connection from outside to the host's own ${ports.join(' or ')}, or \`natroute confirm\` over one`;
    }
    default:
      return proof satisfies never;
  }
}

/** What a person should know before they say yes to a change that must be confirmed. */
export function wayBackNotes(
  { wayIn, plan }: { readonly wayIn: readonly string[]; readonly plan: Pick<Plan, 'changes'> },
  withinSeconds: number,
): readonly string[] {
  const taken = plan.changes.filter(({ kind }) => kind === 'foreign-rule').length;
  // The fuse is a text of our chains alone: strangers' rules may hold what a shell would run, and may have come back meanwhile.
  const late =
    taken === 0
      ? []
      : [
          `the ${taken} rule${taken === 1 ? '' : 's'} that --take moves come${taken === 1 ? 's' : ''} back with the rest; if natroute itself is dead then, only once it starts again (\`systemctl start natroute\`)`,
        ];
  return [
    ...wayIn.map((sentence) => `touches the way in to this host: ${sentence}`),
    `it goes back by itself unless it is confirmed within ${withinSeconds} s`,
    ...late,
  ];
}

type Ends = Pick<Connection, 'protocol' | 'source' | 'sourcePort' | 'destination' | 'port'>;

/** `tcp 198.51.100.7 50412 203.0.113.10 22` */
export function connectionKey({ protocol, source, sourcePort, destination, port }: Ends): string {
  return `${protocol} ${source} ${sourcePort} ${destination} ${port}`;
}

/** `generation 5 must be confirmed until 12:00:30Z, or generation 4 comes back: waiting for ...` */
export function unconfirmedText(
  { generation, previous, until }: Pick<Confirmation, 'generation' | 'previous' | 'until'>,
  missing: readonly string[],
): string {
  const back = previous === null ? "natroute's rules go again" : `generation ${previous} comes back`;
  const waits = missing.length === 0 ? '' : `: waiting for ${missing.join('; ')}`;
  return `generation ${generation} must be confirmed until ${until.slice(11, 19)}Z, or ${back} by itself${waits}`;
}
