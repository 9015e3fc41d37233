/** A guest's own IPs and what is forwarded to it, as a status shows them. */
import type { Guest, Host } from '../../model/desired.ts';
import { families, showPorts } from '../../model/family.ts';

export function guestNetworks(
  host: Host,
  { interfaces, forwards }: Guest,
): { readonly addresses: readonly string[]; readonly forwards: readonly string[] } {
  const ipsOf = (entry: Guest['interfaces'][number]): readonly string[] => {
    const ips = entry.kind === 'nat' ? entry.ips : host.addresses.find(({ name }) => name === entry.address)?.ips;
    return families.flatMap((family) => ips?.[family] ?? []);
  };
  return {
    addresses: interfaces.flatMap(ipsOf),
    forwards: forwards.map(({ address, ports, protocol, to }) => {
      const moved = showPorts(ports) === showPorts(to) ? '' : ` -> ${showPorts(to)}`;
      return `${address}:${showPorts(ports)}/${protocol}${moved}`;
    }),
  };
}
