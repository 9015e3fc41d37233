/** What the stage and the agents in its namespaces say to each other: one JSON text a line. */
import type { Observation, Service, Shot } from '../../model/packets.ts';

export type AgentRequest =
  /** Listen on these ports and no others. */
  | { readonly do: 'listen'; readonly services: readonly Service[] }
  | { readonly do: 'shoot'; readonly shots: readonly Shot[] };

export type AgentReply =
  | { readonly kind: 'listening' }
  | { readonly kind: 'shot'; readonly observations: readonly Observation[] }
  | { readonly kind: 'failed'; readonly why: string };

/** What a service says to whoever comes. */
export interface Answer {
  readonly by: string;
  readonly ip: string;
  readonly port: number;
  readonly sender: string;
}

/** What the process in the namespaces says at its end. */
export type StageReply =
  | { readonly kind: 'done'; readonly rounds: readonly (readonly Observation[])[] }
  | {
      readonly kind: 'fault';
      readonly code: string;
      readonly message: string;
      readonly command: string | null;
      readonly output: string | null;
      readonly help: string | null;
    };

/** An IPv4 client of a socket for both families looks like `::ffff:192.0.2.1`. */
export function plainIp(ip: string | undefined): string {
  return (ip ?? '').replace(/^::ffff:/, '');
}
