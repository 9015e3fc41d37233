// Made from schemas/ by `npm run generate`: do not edit.

/**
 * A MAC address. Quote it: some YAML tools read a plain one as a number.
 */
export type Mac = string;
/**
 * A number, a text or a list of texts; Xen writes yes and no as 1 and 0.
 */
export type Option = number | string | (number | string)[];
/**
 * A port from 1 to 65535, or a range such as 50000-50100.
 */
export type Ports = number | string;

/**
 * One guest; the file's name is the guest's name. To create it under Xen: memory, vcpus, disks (and interfaces, where it has a network). For its forwards alone (`state: unmanaged`, or `toolstack: netns`): interfaces with an ip, and forwards.
 */
export interface GuestFile {
  /**
   * What the guest is for. Never needed.
   */
  description?: string;
  /**
   * Whom to ask about it. Never needed.
   */
  owner?: string;
  /**
   * running (default), stopped, absent (the guest is to be removed), or unmanaged (forwards go there, the domU is never touched).
   */
  state?: 'running' | 'stopped' | 'absent' | 'unmanaged';
  /**
   * Memory in MiB. Needed to create the guest under Xen (state running or stopped, toolstack xl); not needed for its forwards.
   */
  memory?: number;
  /**
   * Number of virtual processors. Needed to create the guest under Xen (state running or stopped, toolstack xl); not needed for its forwards.
   */
  vcpus?: number;
  /**
   * The kind of domU. Default: guestDefaults, else what the toolstack takes. Not needed for its forwards.
   */
  type?: 'pv' | 'pvh' | 'hvm';
  boot?: Boot;
  /**
   * Whether the guest starts with the host. Default: false. Not needed for its forwards.
   */
  autostart?: boolean;
  /**
   * allowed: a change that needs a restart of the guest may restart it (within the windows of the local config). never (default): it stays pending. Not needed for its forwards.
   */
  restart?: 'allowed' | 'never';
  /**
   * The guest's disks; [] for none. Needed to create the guest under Xen (state running or stopped, toolstack xl); not needed for its forwards.
   */
  disks?: Disk[];
  /**
   * The guest's network interfaces, first eth0. Needed for its forwards: they go to the first interface that has an ip.
   */
  interfaces?: Interface[];
  options?: Options;
  /**
   * Public ports that lead to this guest. Needs an interface with an ip.
   */
  forwards?: Forward[];
}
/**
 * How the domU boots, as Xen names it. What may stand here is bounded by `allow` in the local config. Not needed for its forwards.
 */
export interface Boot {
  /**
   * A boot loader that dom0 runs, by name or full path, such as pygrub.
   */
  bootloader?: string;
  /**
   * A kernel file on dom0.
   */
  kernel?: string;
  /**
   * An initial ramdisk on dom0.
   */
  ramdisk?: string;
  /**
   * The kernel's command line.
   */
  cmdline?: string;
  /**
   * The root device in the kernel's command line.
   */
  root?: string;
  /**
   * Further words of the kernel's command line.
   */
  extra?: string;
  /**
   * The firmware of an hvm guest.
   */
  firmware?: 'bios' | 'seabios' | 'rombios' | 'uefi' | 'ovmf';
  /**
   * Where an hvm guest boots from: c disk, d CD, n network.
   */
  order?: string;
}
/**
 * One disk of the guest.
 */
export interface Disk {
  /**
   * The block device or image on dom0, as a full path.
   */
  path: string;
  /**
   * The device's name inside the guest.
   */
  as: string;
  /**
   * w: the guest may write (default); r: read only.
   */
  mode?: 'r' | 'w';
}
/**
 * On a bridge: `network` and, for forwards, `ip`. Carrying a public address itself: `routed`.
 */
export interface Interface {
  /**
   * One of host.yaml's networks.
   */
  network?: string;
  /**
   * The guest's IP in that network, or a list of one IPv4 and one IPv6. Needed for forwards.
   */
  ip?: string | string[];
  mac?: Mac;
  /**
   * The public address, by its name in host.yaml, as which this guest must leave. Default: what the network's snat says.
   */
  snat?: string;
  /**
   * The public address, by its name in host.yaml, that the guest carries itself (vif-route, /32). Its MAC is that address's, unless `mac` says otherwise.
   */
  routed?: string;
}
/**
 * Further keys of the domU config, spelled as Xen spells them, if the local config allows them. Not needed for its forwards.
 */
export interface Options {
  [k: string]: Option;
}
/**
 * ADDRESS:PORT/PROTOCOL leads to this guest. Only `port` is needed.
 */
export interface Forward {
  /**
   * The public port, a range, or a list of these.
   */
  port: number | string | Ports[];
  /**
   * The guest's port, or a range of equal length. Default: the same as `port`. A list of ports has no `to`, or one single port.
   */
  to?: number | string;
  /**
   * tcp (default), udp, sctp, or a list of these.
   */
  protocol?: string | ('tcp' | 'udp' | 'sctp')[];
  /**
   * One of host.yaml's addresses. Default: the first.
   */
  address?: string;
  /**
   * Who may use it: a group of groups.yaml, an IP, a network, or a list of these. Default: everyone. Others reach the HOST's own port.
   */
  from?: string | string[];
  /**
   * The last day (to its end) or date-time of the forward, in host.yaml's timezone unless it says Z or an offset. The kernel itself keeps it. Before 2038-01-19.
   */
  until?: string;
  /**
   * What the port is for.
   */
  description?: string;
}
