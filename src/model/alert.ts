/** Alerts: what there is to tell, whom, and what is handed to a receiver. */

export type AlertEvent = 'drift' | 'failed' | 'applied' | 'held' | 'rejected' | 'suspended' | 'test';

/** What a receiver can be told or spared; `test` always comes. */
export const alertEvents = ['drift', 'failed', 'applied', 'held', 'rejected', 'suspended'] as const;

export type ChosenEvent = (typeof alertEvents)[number];

interface Subscriber {
  readonly events: readonly ChosenEvent[];
}

/** Somebody to tell. URLs and tokens are secrets: they stay in files and are read when they are used. */
export type Receiver =
  | (Subscriber & { readonly type: 'webhook' | 'ntfy'; readonly urlFile: string; readonly tokenFile: string | null })
  | (Subscriber & { readonly type: 'slack'; readonly urlFile: string })
  | (Subscriber & { readonly type: 'mail'; readonly to: readonly string[]; readonly from: string | null })
  | (Subscriber & { readonly type: 'command'; readonly command: readonly string[] });

/** One thing to tell. All texts are lines for a person, without secrets. */
export interface Alert {
  readonly event: AlertEvent;
  /** `news` is told once; `trouble` lasts until the alert of the same topic that says `resolved`. */
  readonly state: 'news' | 'trouble' | 'resolved';
  /** What it is about, so that its end can be told from another's: `drift`, `fetch`, `commit 3f2a91c`... */
  readonly topic: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** A few words: `drift, healed`. */
  readonly title: string;
  /** One line each, the most telling first. */
  readonly what: readonly string[];
  /** `iptables, pid 4393, user bob`; null where nobody is known. */
  readonly who: string | null;
  /** What natroute did about it. */
  readonly done: string;
  /** The command that shows more. */
  readonly more: string;
}

/** What is sent at one time to one receiver: everything there was to tell it since the last one. */
export interface Message {
  /** The same at every try, so that a receiver can drop what it got already. */
  readonly id: string;
  readonly host: string;
  /** ISO 8601, UTC: when it was put together. */
  readonly at: string;
  /** Never empty. */
  readonly alerts: readonly Alert[];
  /** Older alerts that this receiver never got: its queue was full, or it refused them. */
  readonly dropped: number;
}

/** A message in the words of one receiver. */
export type Envelope =
  | {
      readonly kind: 'http';
      readonly urlFile: string;
      /** Sent as `Authorization: Bearer`. */
      readonly tokenFile: string | null;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | {
      readonly kind: 'program';
      readonly file: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly input: string;
    };
