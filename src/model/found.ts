/** What `import` finds on a host, as its programs and files print it: texts, nothing of it understood. */
import type { Family } from './family.ts';

export interface FoundHost {
  /** `iptables-save -t nat` of each family. */
  readonly nat: Readonly<Record<Family, string>>;
  /** Of `ip -j`: `-d link`, `address`, `route`, `-6 route` and `neigh`. */
  readonly links: string;
  readonly addresses: string;
  readonly routes: Readonly<Record<Family, string>>;
  readonly neighbours: string;
  /** /proc/net/tcp, tcp6, udp and udp6. */
  readonly sockets: Readonly<Record<'tcp' | 'tcp6' | 'udp' | 'udp6', string>>;
  /** Files in /etc/xen that may be domain configs, and those of the toolstacks and of sysctl, sorted by path. */
  readonly files: readonly FoundFile[];
  /** Names in /etc/xen/auto: what starts with the host. */
  readonly autostart: readonly string[];
  /** `xl list -l`; null where there is no xl, or no Xen under it. */
  readonly domains: string | null;
  readonly timezone: string;
  /** What could not be looked at, one sentence each. */
  readonly troubles: readonly string[];
}

export interface FoundFile {
  readonly path: string;
  readonly text: string;
}
