/** What the sandbox and the agents in its namespaces say to each other: one JSON object a line, over a Unix socket. */

export type WireProtocol = 'tcp' | 'udp';

/** What a service in the sandbox answers to whoever connects. */
export interface Answer {
  /** The namespace that answered. */
  readonly name: string;
  /** The port that it was reached on. */
  readonly port: number;
  /** The address that it saw as the sender. */
  readonly peer: string;
}

/** `reset` is a connection that was made and then broken; `unreachable` an ICMP error or no route. */
export type Outcome = Answer | 'refused' | 'timeout' | 'unreachable' | 'reset';

export interface ConnectRequest {
  readonly do: 'connect';
  /** The sender's address; null leaves it to the kernel. */
  readonly from: string | null;
  readonly fromPort: number | null;
  readonly to: string;
  readonly port: number;
  readonly protocol: WireProtocol;
  readonly timeoutMs: number;
}

/** Connects again and again until `hammer-stop`. */
export interface HammerRequest extends Omit<ConnectRequest, 'do'> {
  readonly do: 'hammer';
  readonly everyMs: number;
}

export interface HammerStop {
  readonly do: 'hammer-stop';
}

/** What a hammer saw. */
export interface HammerResult {
  readonly connections: number;
  /** Who answered, and how often; an outcome without an answer under its own word. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly slowestMs: number;
}

/** Opens one TCP connection and keeps it; each later `say` sends a line over it and waits for its echo. */
export interface HoldRequest extends Omit<ConnectRequest, 'do' | 'protocol'> {
  readonly do: 'hold';
}

export interface SayRequest {
  readonly do: 'say';
  readonly held: number;
  readonly timeoutMs: number;
}

export type AgentRequest = ConnectRequest | HammerRequest | HammerStop | HoldRequest | SayRequest;

export type AgentReply =
  | { readonly outcome: Outcome }
  | { readonly hammer: HammerResult }
  | { readonly held: number; readonly answer: Answer }
  | { readonly echoed: boolean }
  | { readonly started: true }
  | { readonly error: string };

/** What an agent listens on; single addresses where the host has many, so that UDP answers as the one that was asked. */
export interface Services {
  readonly addresses: readonly string[];
  readonly tcp: readonly number[];
  readonly udp: readonly number[];
}

/** What the warden starts: an agent in each namespace, those that appear later included. */
export interface WardenSpec {
  /** The agent's bundle. */
  readonly agent: string;
  /** Where each agent makes its socket, `NAME.sock`. */
  readonly sockets: string;
  /** The namespaces that are no guests. */
  readonly fixed: Readonly<Record<string, Services>>;
  /** What every guest listens on. */
  readonly guest: Services;
  /** Whether the warden, and so the sandbox, ends when its standard input does. */
  readonly endWithInput: boolean;
}
