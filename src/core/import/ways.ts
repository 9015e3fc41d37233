/** As whom guests leave, and whether they meet the forwards themselves: found out by walking packets. */
import type { Desired } from '../../model/desired.ts';
import { meaningOf } from '../nat/meaning.ts';
import { parseRule } from '../nat/rule.ts';
import { createInternet } from '../trace/internet.ts';
import { leavingRule, nobodyIn, outsideOf, type Outside, type Tables } from './nat.ts';
import type { StateForward, StateNetwork } from './state.ts';

export interface Ways {
  readonly ofNetworks: ReadonlyMap<string, StateNetwork>;
  /** By the guest's IP the address that it leaves as, where that is not its network's. */
  readonly ofGuests: ReadonlyMap<string, string>;
}

export function readWays(
  tables: Tables,
  desired: Desired,
  { forwards, now }: { readonly forwards: readonly StateForward[]; readonly now: Date },
): Ways {
  const outside = outsideOf(tables, desired, now);
  const internet = createInternet(desired);
  const named = new Set(
    [tables.v4, tables.v6].flatMap(({ chains }) =>
      chains.flatMap(({ rules }) =>
        rules.flatMap(({ text }) =>
          parseRule(text).basics.flatMap(({ name, values }) =>
            name === '-s' ? (values[0] ?? '').split('/').slice(0, 1) : [],
          ),
        ),
      ),
    ),
  );
  const ofNetworks = new Map<string, StateNetwork>();
  const ofGuests = new Map<string, string>();
  for (const network of desired.host.networks) {
    const leave = (ip: string): string | null =>
      leavesAs(outside, ip, { desired, peer: internet(ip.includes(':') ? 'v6' : 'v4') });
    const v4 = probe(network, 'v4', outside, named);
    const v6 = probe(network, 'v6', outside, named);
    const [ways4, ways6] = [v4 === null ? null : leave(v4), v6 === null ? null : leave(v6)];
    ofNetworks.set(network.name, {
      snat: snatOf(desired, { ways4, ways6, both: v4 !== null && v6 !== null }),
      hairpin:
        v4 === null ||
        forwards.every((one) => one.family !== 'v4') ||
        meetsForwards(outside, v4, { desired, forwards }),
    });
    for (const guest of desired.guests)
      for (const one of guest.interfaces) {
        if (one.kind !== 'nat' || one.network !== network.name || one.ips.v4 === undefined) continue;
        const own = leave(one.ips.v4);
        if (own !== null && own !== ways4 && own !== 'masquerade') ofGuests.set(one.ips.v4, own);
      }
  }
  return { ofNetworks, ofGuests };
}

function probe(
  network: Desired['host']['networks'][number],
  family: 'v4' | 'v6',
  outside: Outside,
  named: ReadonlySet<string>,
): string | null {
  const subnet = network.subnets.find((one) => one.family === family);
  return subnet === undefined ? null : nobodyIn(subnet.cidr, outside.world, named);
}

/** `masquerade`, an address by its name, or null where it leaves as itself or as it cannot be said. */
function leavesAs(
  outside: Outside,
  ip: string,
  { desired, peer }: { readonly desired: Desired; readonly peer: string | null },
): string | null {
  const rule = peer === null ? null : leavingRule(outside, ip, peer);
  if (rule === null || rule.text === null || rule.strangers) return null;
  const meaning = meaningOf(rule.text);
  if (meaning?.kind !== 'snat' || meaning.onlyTurned) return null;
  if (meaning.ip === null) return 'masquerade';
  return desired.host.addresses.find(({ ips }) => Object.values(ips).includes(meaning.ip ?? ''))?.name ?? null;
}

interface Leaving {
  readonly ways4: string | null;
  readonly ways6: string | null;
  readonly both: boolean;
}

/** One word counts for both families: where only IPv4 is translated, the default address is right, which leaves IPv6 alone. */
function snatOf({ host }: Desired, { ways4, ways6, both }: Leaving): string | null {
  const [first] = host.addresses;
  if (ways4 === null && ways6 === null) return 'none';
  if (both && ways6 === null) return null;
  const way = ways4 ?? ways6;
  return way === first?.name && ways6 === null ? null : way;
}

/** Whether somebody on the bridge comes to a guest by the public address of a forward. */
function meetsForwards(
  outside: Outside,
  ip: string,
  { desired, forwards }: { readonly desired: Desired; readonly forwards: readonly StateForward[] },
): boolean {
  return forwards.some(({ family, address, ports, protocol, source }) => {
    const to = desired.host.addresses.find(({ name }) => name === address)?.ips[family];
    if (family !== 'v4' || to === undefined || source !== null) return false;
    return outside.see({ kind: 'ip', ip }, { ip: to, port: ports.first, protocol })?.end.kind === 'guest';
  });
}
