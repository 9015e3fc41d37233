// Made from schemas/ by `npm run generate`: do not edit.

/**
 * An IPv4 or IPv6 of a router; an IPv6 may be link-local. Quote IPv6.
 */
export type RouterIp = string;
/**
 * An IP, with its prefix length where it has one, or a map.
 */
export type Address =
  | string
  | {
      /**
       * The IP, with its prefix length where it has one, or a list of one IPv4 and one IPv6.
       */
      ip: string | string[];
      /**
       * The MAC that the provider ties to the address. Needed with `reached: mac`. Quote it: some YAML tools read a plain one as a number.
       */
      mac?: string;
      /**
       * How an address that a guest carries reaches the host. arp: the provider asks for it (proxy ARP); mac: frames come to that MAC, on a macvlan of the address's name; route: it is routed to the host (default).
       */
      reached?: 'arp' | 'mac' | 'route';
      /**
       * The uplink that the address is on, where it is not `uplink`'s.
       */
      interface?: string;
    };
/**
 * A network such as 192.168.1.0/24. No bits may be set behind the prefix. Quote IPv6.
 */
export type Cidr = string;
/**
 * An IPv4 or IPv6. Quote IPv6.
 */
export type Ip = string;

/**
 * One dom0: its public addresses, its private networks and what it does itself. Needed: uplink and addresses.
 */
export interface HostFile {
  /**
   * The interface to the outside.
   */
  uplink: {
    /**
     * Its name, as `ip link` shows it.
     */
    interface: string;
    /**
     * The router on the outside, or a list of one IPv4 and one IPv6. An IPv6 may be link-local, without a zone: it is on this interface.
     */
    gateway?: string | RouterIp[];
  };
  /**
   * The public addresses by name; the first is the default of every forward.
   */
  addresses: {
    [k: string]: Address;
  };
  /**
   * The private bridge networks by name.
   */
  networks?: {
    [k: string]: Network;
  };
  /**
   * The host's own services, as PORT/PROTOCOL: what `host` means in checks, and what no forward may take away.
   */
  listens?: string[];
  /**
   * accept: forwarded connections to guests pass the filter table's FORWARD chain, by a chain of natroute's own there. none (default): the filter table is left alone.
   */
  forwarding?: 'accept' | 'none';
  /**
   * ifupdown: the host's own bridges, public addresses, macvlans and routes are written to /etc/network/interfaces.d/natroute; nothing is restarted by itself. none (default): they are the host's own business.
   */
  hostNetwork?: 'ifupdown' | 'none';
  /**
   * xl (default), or netns: no Xen, a guest is a network namespace.
   */
  toolstack?: 'xl' | 'netns';
  /**
   * For `until`. Default: UTC.
   */
  timezone?: string;
  /**
   * Merged under every guest: a guest's own value wins, boot and options are merged key by key.
   */
  guestDefaults?: {
    /**
     * Whom to ask about a guest.
     */
    owner?: string;
    /**
     * Memory in MiB.
     */
    memory?: number;
    /**
     * Number of virtual processors.
     */
    vcpus?: number;
    /**
     * The kind of domU.
     */
    type?: 'pv' | 'pvh' | 'hvm';
    boot?: Boot;
    /**
     * Whether guests start with the host.
     */
    autostart?: boolean;
    /**
     * Whether a change that needs a restart may restart a guest.
     */
    restart?: 'allowed' | 'never';
    options?: Options;
  };
  /**
   * Routes of the host to networks behind a guest.
   *
   * Items: `to` is a network, `via` the IP behind which it lies.
   */
  routes?: {
    /**
     * A network such as 192.168.1.0/24. No bits may be set behind the prefix. Quote IPv6.
     */
    to: string;
    /**
     * An IPv4 or IPv6 of a router; an IPv6 may be link-local. Quote IPv6.
     */
    via: string;
  }[];
  /**
   * Kernel settings beside what natroute itself needs (ip_forward, proxy_arp, ...), if the local config allows them.
   */
  sysctl?: {
    /**
     * A number or a text.
     */
    [k: string]: number | string;
  };
}
/**
 * A private network on a bridge. Needed: bridge and subnet.
 */
export interface Network {
  /**
   * The bridge: at most 15 characters.
   */
  bridge: string;
  /**
   * A network, or a list of these, IPv4 and IPv6.
   */
  subnet: string | Cidr[];
  /**
   * The host's own IP in that network, or a list of one IPv4 and one IPv6.
   */
  gateway?: string | Ip[];
  /**
   * As which address the network's guests leave: a name of `addresses` (default: the first), masquerade (uplinks whose address changes), or none.
   */
  snat?: string;
  /**
   * Whether guests of this network reach each other through the public addresses. Default: true.
   */
  hairpin?: boolean;
}
/**
 * How a domU boots, as Xen names it. What may stand here is bounded by `allow` in the local config.
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
 * Further keys of the domU config, spelled as Xen spells them, if the local config allows them.
 */
export interface Options {
  /**
   * A number, a text or a list of texts; Xen writes yes and no as 1 and 0.
   */
  [k: string]: number | string | (number | string)[];
}
