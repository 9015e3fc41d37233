/**
 * What the state repository says, parsed, checked and normalised: every default is filled in,
 * every list is a list, every IP is spelled canonically and every reference names something that exists.
 */
import type { Position } from './diagnostic.ts';
import type { Family, Ports, Protocol } from './family.ts';

export interface Desired {
  readonly host: Host;
  /** Sorted by name. */
  readonly guests: readonly Guest[];
  readonly checks: readonly Check[];
  /** Group name -> CIDRs, canonical, in the order written. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

export interface Host {
  readonly name: string;
  readonly uplink: Uplink;
  /** In the order written; the first is every forward's default. */
  readonly addresses: readonly Address[];
  readonly networks: readonly Network[];
  readonly listens: readonly Listen[];
  /** Whether forwarded connections are let through the filter table; absent: it is left alone. */
  readonly forwarding?: 'accept';
  /** What writes the host's own network config; absent: nobody of ours. */
  readonly hostNetwork?: 'ifupdown';
  readonly toolstack: 'xl' | 'netns';
  readonly timezone: string;
  readonly routes: readonly { readonly to: string; readonly via: string; readonly at: Position }[];
  readonly sysctl: readonly { readonly key: string; readonly value: string; readonly at: Position }[];
  /** Merged into each guest already; kept for the artefacts that show it. */
  readonly guestDefaults: Readonly<Record<string, unknown>>;
}

export interface Uplink {
  readonly interface: string;
  /** The routers on the outside; a link-local one is on this interface. */
  readonly gateways: Readonly<Partial<Record<Family, string>>>;
}

/** One public address of the host: an IPv4, an IPv6, or one of each. */
export interface Address {
  readonly name: string;
  /** Without prefix length. */
  readonly ips: Readonly<Partial<Record<Family, string>>>;
  /** The prefix lengths that were written, where they were. */
  readonly prefixes: Readonly<Partial<Record<Family, number>>>;
  readonly interface: string;
  readonly mac: string | null;
  /** How it reaches the host; null for an address of the host's own. */
  readonly reached: 'arp' | 'mac' | 'route' | null;
  /** The guest that carries it, when one does. */
  readonly carriedBy: string | null;
  readonly at: Position;
}

export interface Network {
  readonly name: string;
  readonly bridge: string;
  /** Canonical CIDRs. */
  readonly subnets: readonly { readonly family: Family; readonly cidr: string }[];
  readonly gateways: Readonly<Partial<Record<Family, string>>>;
  readonly snat: Snat;
  readonly hairpin: boolean;
  readonly at: Position;
}

/**
 * `address` names one of the host's addresses; `written` is set where the file says it, unset where it is the default:
 * IPv6 is only translated where it was asked for.
 */
export type Snat =
  | { readonly kind: 'address'; readonly address: string; readonly written?: boolean }
  | { readonly kind: 'masquerade' }
  | { readonly kind: 'none' };

export interface Listen {
  readonly ports: Ports;
  readonly protocol: Protocol;
  readonly at: Position;
}

export type GuestState = 'running' | 'stopped' | 'absent' | 'unmanaged';

export interface Guest {
  readonly name: string;
  readonly description: string | null;
  readonly owner: string | null;
  readonly state: GuestState;
  readonly autostart: boolean;
  readonly restart: 'allowed' | 'never';
  /** MiB; null only where nothing needs it: an unmanaged or absent guest, or one that is a network namespace. */
  readonly memory: number | null;
  readonly vcpus: number | null;
  readonly type: string | null;
  readonly boot: Readonly<Record<string, unknown>> | null;
  readonly disks: readonly {
    readonly path: string;
    readonly as: string;
    readonly mode: 'r' | 'w';
    readonly at: Position;
  }[];
  readonly interfaces: readonly GuestInterface[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly forwards: readonly Forward[];
  readonly at: Position;
}

export type GuestInterface =
  | {
      readonly kind: 'nat';
      readonly network: string;
      readonly ips: Readonly<Partial<Record<Family, string>>>;
      readonly mac: string | null;
      /** The address it leaves as, where it must be its own. */
      readonly snat: string | null;
      readonly at: Position;
    }
  | { readonly kind: 'routed'; readonly address: string; readonly mac: string | null; readonly at: Position };

/** One protocol and one port or range of one guest; a list in the file becomes several of these. */
export interface Forward {
  readonly guest: string;
  readonly address: string;
  readonly protocol: Protocol;
  readonly ports: Ports;
  /** As long as `ports`. */
  readonly to: Ports;
  /** Canonical CIDRs; null means from anywhere. Never empty. */
  readonly sources: readonly string[] | null;
  /** The last second of its life, UTC, `YYYY-MM-DDTHH:MM:SS`. */
  readonly until: string | null;
  readonly description: string | null;
  readonly at: Position;
}

/** `internet` is an address in no group; a guest or an IP otherwise. */
export type CheckEnd =
  | { readonly kind: 'internet' }
  | { readonly kind: 'guest'; readonly guest: string }
  | { readonly kind: 'ip'; readonly ip: string };

export interface Check {
  readonly from: CheckEnd;
  readonly to: { readonly name: string; readonly ip: string; readonly port: number; readonly protocol: Protocol };
  readonly expect:
    | { readonly kind: 'reaches-guest'; readonly guest: string; readonly port: number }
    | { readonly kind: 'reaches-host' }
    | { readonly kind: 'reaches-nothing' }
    | { readonly kind: 'leaves-as'; readonly address: string };
  readonly at: Position;
}
