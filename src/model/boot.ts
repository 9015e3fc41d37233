/** What a boot of this host would load, as its files say; nothing in it is judged. */
import type { Family } from './family.ts';

/** It restores our rules before the network is up. */
export const bootUnit = 'natroute-boot.service';

export interface BootFiles {
  /** Names of the services that systemd starts at boot; null where there is no systemd. */
  readonly enabledUnits: readonly string[] | null;
  /** Of what natroute-boot.service runs, as its unit names it. */
  readonly missingPrograms: readonly string[];
  /** What netfilter-persistent loads; null where there is no such file. */
  readonly saved: Readonly<Record<Family, TextFile | null>>;
  /** Lines of the network's own scripts that call iptables. */
  readonly scripts: readonly ScriptLine[];
  /** Kernel settings in the order in which they are read: the last word counts. */
  readonly sysctls: readonly TextFile[];
  /** /etc/network/interfaces and what stands in its folder, as ifupdown reads them. */
  readonly interfaces: readonly TextFile[];
  /** What stands in /etc/xen/auto and points to something. */
  readonly autostart: readonly string[];
  /** DomUs that were saved at shutdown and come back as they were then; [] where nothing brings them back. */
  readonly savedGuests: readonly string[];
}

/** Paths are full and without `--root`. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

export interface ScriptLine {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}
