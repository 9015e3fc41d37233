/** Network devices that host.yaml names without meaning to: by an address's name, or by a setting written with dots. */
import type { Desired, Host } from '../../model/desired.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { macvlanName } from '../render/names.ts';
import { finding, shortly } from './finding.ts';

export function lintDevices({ host }: Desired): readonly Diagnostic[] {
  return [...lintUplinks(host), ...lintMacvlans(host), ...lintSettings(host)];
}

/** Where natroute writes the host's network config, a boot would make an empty bridge of the way in. */
function lintUplinks({ hostNetwork, uplink, addresses, networks }: Host): readonly Diagnostic[] {
  if (hostNetwork !== 'ifupdown') return [];
  const names = new Set([uplink, ...addresses].map((one) => one.interface));
  return networks.flatMap(({ name, bridge, at }) =>
    names.has(bridge)
      ? [
          finding(
            'name',
            at,
            `the bridge of ${name} would be ${bridge}, the interface of an uplink: a boot would cut the host off`,
            `give ${name} a bridge of its own, or let another program set up the network, without \`hostNetwork: ifupdown\``,
          ),
        ]
      : [],
  );
}

/** What /proc/sys/net/ipv4/conf has beside the interfaces, and the one that every host has. */
const reserved = ['all', 'default', 'lo'];

/** As the kernel, udev, Xen and the usual programs name devices of their own. */
const usual =
  /^(?:(?:eth|wlan|wwan|bond|team|br|xenbr|virbr|docker|dummy|tun|tap|wg|usb|ib|vlan)\d+|(?:en|wl|ww)[opsx]\d.*|(?:vif|veth).*\d.*)$/;

/** An address that is reached by its MAC gets a macvlan of its name, and that the settings which shut it up. */
function lintMacvlans({ uplink, addresses, networks }: Host): readonly Diagnostic[] {
  const taken = new Map<string, string>();
  for (const { interface: name } of [...addresses, uplink]) taken.set(name, 'the interface of an uplink');
  for (const { bridge, name } of networks) taken.set(bridge, `the bridge of ${name}`);
  return addresses.flatMap((address) => {
    if (address.reached !== 'mac') return [];
    const device = macvlanName(address.name);
    const what = reserved.includes(device)
      ? "the kernel's own word for interfaces"
      : (taken.get(device) ?? (usual.test(device) ? 'the usual name of another kind of interface' : null));
    taken.set(device, `the macvlan of ${address.name} (${shortly(address.at)})`);
    if (what === null) return [];
    return [
      finding(
        'name',
        address.at,
        `${address.name} is reached by its MAC, so its macvlan would be called ${device}: that is ${what}`,
        'choose another name for the address: the settings of its macvlan would be set on that interface',
      ),
    ];
  });
}

/** `net.ipv4.conf.eth0.100.rp_filter` is a setting of no interface. */
function lintSettings({ sysctl }: Host): readonly Diagnostic[] {
  return sysctl.flatMap(({ key, at }) => {
    const [, table, name, setting] = /^(net\.[^.]+\.(?:conf|neigh))\.([^.]+\..+)\.([^.]+)$/.exec(key) ?? [];
    if (table === undefined || name === undefined || setting === undefined) return [];
    return [
      finding(
        'wrong-value',
        at,
        `${key} is a setting of no interface: a dot in the name of an interface is a slash there`,
        `write ${table}.${name.replaceAll('.', '/')}.${setting}`,
      ),
    ];
  });
}
