/** Domains as Xen's xl tells of them, before anything is thought about them. */

/** The JSON by which xl spells a domain's config, as it came. */
export type XlConfig = Readonly<Record<string, unknown>>;

export interface Domain {
  /** Another one after each start, save, restore and reboot. */
  readonly domid: number;
  /** Null where Xen knows no name (any more). */
  readonly name: string | null;
  readonly state: DomainState;
  /** Null for a domain that is being made or unmade, and for one that no xl made. */
  readonly config: XlConfig | null;
  readonly uptimeSeconds: number | null;
  /** MiB that it has now. */
  readonly memory: number;
  /** Processors that are switched on, which is the guest's own affair. */
  readonly vcpus: number;
}

/** `gone` has shut itself down, but is kept; `crashed` likewise; `dying` is being taken apart. */
export type DomainState = 'running' | 'paused' | 'gone' | 'crashed' | 'dying';

/** The machine below them; MiB. */
export interface Machine {
  readonly memory: number;
  readonly freeMemory: number;
  readonly cpus: number;
  /** Whether Domain-0 keeps its memory; else xl takes from it what a new guest needs. */
  readonly fixedDom0: boolean;
}

/** What `xl` and its JSON say at one moment. */
export interface Sight {
  /** Without Domain-0. */
  readonly domains: readonly Domain[];
  readonly machine: Machine;
}

/** One thing to do to a guest, and what it costs those who use it. */
export type GuestStep =
  | { readonly kind: 'create' }
  | { readonly kind: 'shutdown'; readonly domid: number }
  | {
      readonly kind: 'xl';
      readonly args: readonly string[];
      readonly text: string;
      /** Takes back what is half there where it failed. */
      readonly undo?: readonly string[];
    };

export type Cost = 'live' | 'restart' | 'destroy';
