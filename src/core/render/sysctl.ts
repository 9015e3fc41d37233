/** The kernel settings that the desired state needs, with those that host.yaml adds; and the file that a boot reads. */
import type { Address, Desired } from '../../model/desired.ts';
import { families, type Family } from '../../model/family.ts';
import type { SysctlTarget } from '../../model/target.ts';
import { macvlanName } from './names.ts';

/** In the order in which they must be set; host.yaml's own word counts where both name one. */
export function sysctlsOf({ host, guests }: Desired): readonly SysctlTarget[] {
  const wanted = new Map<string, string>();
  const carried = host.addresses.filter(({ carriedBy }) => carriedBy !== null);
  const forwards = (family: Family): boolean =>
    carried.some(({ ips }) => ips[family] !== undefined) ||
    host.networks.some(({ subnets }) => subnets.some((subnet) => subnet.family === family));
  if (guests.length > 0 || host.networks.length > 0) {
    if (forwards('v4')) wanted.set('net.ipv4.ip_forward', '1');
    if (forwards('v6')) {
      // A host that forwards takes no routes from its provider any more, unless it is told to all the same.
      for (const name of uplinksOf(host.addresses, host.uplink.interface))
        wanted.set(`net.ipv6.conf.${nameInKey(name)}.accept_ra`, '2');
      wanted.set('net.ipv6.conf.all.forwarding', '1');
    }
  }
  for (const address of carried) for (const [key, value] of reachedBy(address)) wanted.set(key, value);
  for (const { key, value } of host.sysctl) {
    // Its place is host.yaml's too.
    wanted.delete(key);
    wanted.set(key, value);
  }
  return [...wanted].map(([key, value]) => ({ key, value }));
}

function uplinksOf(addresses: readonly Address[], uplink: string): readonly string[] {
  const names = addresses.filter(({ ips }) => ips.v6 !== undefined).map((address) => address.interface);
  return [...new Set(names.length === 0 ? [uplink] : names)];
}

function reachedBy(address: Address): readonly (readonly [string, string])[] {
  switch (address.reached) {
    case 'arp': {
      const name = nameInKey(address.interface);
      return families.flatMap((family): readonly (readonly [string, string])[] => {
        if (address.ips[family] === undefined) return [];
        if (family === 'v6') return [[`net.ipv6.conf.${name}.proxy_ndp`, '1']];
        return [
          [`net.ipv4.conf.${name}.proxy_arp`, '1'],
          // A proxied answer is otherwise held back by up to 0.8 s.
          [`net.ipv4.neigh.${name}.proxy_delay`, '0'],
        ];
      });
    }
    case 'mac': {
      const name = nameInKey(macvlanName(address.name));
      return [
        // The way back to the sender is another interface, which strict drops; and so does loose where an interface has
        // no IPv4 of its own.
        [`net.ipv4.conf.${name}.rp_filter`, '0'],
        // Or the kernel would answer for the host's own addresses with this MAC too.
        [`net.ipv4.conf.${name}.arp_ignore`, '8'],
      ];
    }
    case 'route':
    case null:
      return [];
    default:
      return address.reached satisfies never;
  }
}

/** `eth0.100` is `eth0/100` in a key. */
function nameInKey(name: string): string {
  return name.replaceAll('.', '/');
}

export function renderSysctls(sysctls: readonly SysctlTarget[]): string {
  return sysctls.map(({ key, value }) => `${key} = ${value}\n`).join('');
}
