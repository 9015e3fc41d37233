/** What has to be done to make a guest's namespace as wanted: a pure comparison, one step for each difference. */
import { families, type Family } from '../../model/family.ts';
import { linkLocalGateway, type WantedInterface } from './netns-wanted.ts';

/** dom0's end of a veth pair. */
export interface HostLink {
  readonly name: string;
  readonly alias: string | null;
  readonly master: string | null;
  readonly hairpin: boolean;
  readonly up: boolean;
  readonly addresses: readonly string[];
}

export interface HostRoute {
  /** Without the prefix length of a single address. */
  readonly to: string;
  readonly device: string;
}

/** dom0 as far as guests are concerned. */
export interface HostFacts {
  readonly links: ReadonlyMap<string, HostLink>;
  /** Without the kernel's own. */
  readonly routes: readonly HostRoute[];
  /** The interfaces with proxy ARP. */
  readonly proxyArp: ReadonlySet<string>;
}

export interface GuestDevice {
  readonly mac: string;
  readonly up: boolean;
  /** Of global scope, with prefix length. */
  readonly addresses: readonly string[];
}

/** A guest's namespace from within. */
export interface GuestFacts {
  readonly devices: ReadonlyMap<string, GuestDevice>;
  /** By family: `GATEWAY DEVICE` of the default route. */
  readonly defaults: Readonly<Partial<Record<Family, string>>>;
}

/** One difference: what a person reads, and the lines of `ip -batch` in dom0 or in the guest, or one sysctl, that end it. */
export interface Step {
  readonly text: string;
  readonly where: 'host' | 'guest' | 'sysctl';
  readonly lines: readonly string[];
}

export interface Comparison {
  readonly guest: string;
  readonly wanted: readonly WantedInterface[];
  /** The vifs that natroute made for this guest, as its marker says. */
  readonly made: readonly string[];
  readonly host: HostFacts;
  /** Null: there is no namespace. */
  readonly inside: GuestFacts | null;
}

/** The steps in order; [] where everything is as wanted. */
export function stepsToRunning(comparison: Comparison): readonly Step[] {
  const { guest, wanted, made, host, inside } = comparison;
  const steps: Step[] = [];
  if (inside === null) {
    steps.push({ text: `make the namespace ${guest}`, where: 'host', lines: [`netns add ${guest}`] });
  }
  if (inside?.devices.get('lo')?.up !== true) {
    steps.push({ text: 'bring up lo', where: 'guest', lines: ['link set lo up'] });
  }
  const kept = new Set(wanted.map((entry) => entry.vif));
  for (const vif of made) if (!kept.has(vif)) steps.push(...removal(vif, host));
  for (const entry of wanted) steps.push(...interfaceSteps(guest, entry, host, inside));
  return steps;
}

/** The steps that take dom0's side of a guest away; killing its processes and its namespace is not among them. */
export function stepsToGone(made: readonly string[], host: HostFacts): readonly Step[] {
  return made.flatMap((vif) => removal(vif, host));
}

function removal(vif: string, host: HostFacts): readonly Step[] {
  if (!host.links.has(vif)) return [];
  return [{ text: `remove ${vif}`, where: 'host', lines: [`link delete ${vif}`] }];
}

function interfaceSteps(
  guest: string,
  wanted: WantedInterface,
  host: HostFacts,
  inside: GuestFacts | null,
): readonly Step[] {
  const { vif, device } = wanted;
  let link = host.links.get(vif);
  let have = inside?.devices.get(device);
  const steps: Step[] = [];
  if (link === undefined || have === undefined) {
    const lines = link === undefined ? [] : [`link delete ${vif}`];
    lines.push(
      `link add ${vif} type veth peer name ${device} netns ${guest}`,
      `link set dev ${vif} alias "natroute ${guest}"`,
    );
    // A device of that name without our vif is not the other end of it: it would keep ours out.
    if (have !== undefined) {
      steps.push({ text: `remove ${device}, which leads nowhere`, where: 'guest', lines: [`link delete ${device}`] });
    }
    steps.push({ text: `make ${vif}`, where: 'host', lines });
    link = { name: vif, alias: `natroute ${guest}`, master: null, hairpin: false, up: false, addresses: [] };
    have = { mac: '', up: false, addresses: [] };
    // What was bound to the old pair went with it.
    return [
      ...steps,
      ...linkSteps(wanted, link, { ...host, routes: [], proxyArp: new Set() }),
      ...deviceSteps(wanted, have, {}),
    ];
  }
  return [...linkSteps(wanted, link, host), ...deviceSteps(wanted, have, inside?.defaults ?? {})];
}

function linkSteps(wanted: WantedInterface, link: HostLink, host: HostFacts): readonly Step[] {
  const { vif, bridge } = wanted;
  const steps: Step[] = [];
  const inHost = (text: string, ...lines: readonly string[]): void => void steps.push({ text, where: 'host', lines });
  if (link.master !== bridge) {
    if (bridge === null) inHost(`take ${vif} out of ${link.master ?? ''}`, `link set dev ${vif} nomaster`);
    else inHost(`put ${vif} into ${bridge}`, `link set dev ${vif} master ${bridge}`);
  }
  const hairpin = link.master === bridge && link.hairpin;
  if (bridge !== null && hairpin !== wanted.hairpin) {
    const state = wanted.hairpin ? 'on' : 'off';
    inHost(`set hairpin ${state} on ${vif}`, `link set dev ${vif} type bridge_slave hairpin ${state}`);
  }
  if (wanted.linkLocal && !link.addresses.includes(`${linkLocalGateway}/64`)) {
    inHost(`add ${linkLocalGateway} to ${vif}`, `address add ${linkLocalGateway}/64 dev ${vif} scope link nodad`);
  }
  if (!link.up) inHost(`bring up ${vif}`, `link set dev ${vif} up`);
  const routes = link.up ? host.routes.filter((route) => route.device === vif).map((route) => route.to) : [];
  for (const to of wanted.hostRoutes.filter((ip) => !routes.includes(ip))) {
    const source = wanted.hostSource[to.includes(':') ? 'v6' : 'v4'];
    inHost(`route ${to} to ${vif}`, `route replace ${to} dev ${vif}${source === undefined ? '' : ` src ${source}`}`);
  }
  for (const to of routes.filter((ip) => !wanted.hostRoutes.includes(ip))) {
    inHost(`remove the route of ${to} to ${vif}`, `route delete ${to} dev ${vif}`);
  }
  const proxyArp = bridge === null;
  if (host.proxyArp.has(vif) !== proxyArp) {
    steps.push({
      text: `set proxy_arp ${proxyArp ? 1 : 0} on ${vif}`,
      where: 'sysctl',
      // Slashes, because an interface's name may have dots.
      lines: [`net/ipv4/conf/${vif}/proxy_arp=${proxyArp ? 1 : 0}`],
    });
  }
  return steps;
}

function deviceSteps(wanted: WantedInterface, have: GuestDevice, defaults: GuestFacts['defaults']): readonly Step[] {
  const { device, mac } = wanted;
  const steps: Step[] = [];
  const inGuest = (text: string, ...lines: readonly string[]): void => void steps.push({ text, where: 'guest', lines });
  if (have.mac !== mac) inGuest(`give ${device} the MAC ${mac}`, `link set dev ${device} address ${mac}`);
  const extra = have.addresses.filter((address) => !wanted.addresses.includes(address));
  // Removing an address takes the secondary ones of its subnet along: then all are set anew.
  if (extra.length > 0)
    inGuest(`remove ${extra.join(', ')} from ${device}`, `address flush dev ${device} scope global`);
  const missing = extra.length > 0 ? wanted.addresses : wanted.addresses.filter((a) => !have.addresses.includes(a));
  for (const address of missing) {
    const nodad = address.includes(':') ? ' nodad' : '';
    inGuest(`add ${address} to ${device}`, `address add ${address} dev ${device}${nodad}`);
  }
  if (!have.up) inGuest(`bring up ${device}`, `link set dev ${device} up`);
  const routesGone = extra.length > 0 || !have.up;
  for (const family of families) {
    const gateway = wanted.gateways[family];
    if (gateway === undefined || (!routesGone && defaults[family] === `${gateway} ${device}`)) continue;
    inGuest(
      `route ${family} by ${gateway}`,
      // On link: a routed guest's gateway lies in no subnet of its own.
      `route replace default via ${gateway} dev ${device} onlink`,
    );
  }
  return steps;
}
