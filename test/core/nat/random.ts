/** Random desired states, strangers' tables and mischief, for property tests on the model and on real kernels. */
import type { TestContext } from 'node:test';
import { fc } from '../../property.ts';
import { isLongRun, seedOfRun } from '../../dice.ts';
import type { Address, Desired, Guest, Network } from '../../../src/model/desired.ts';
import { address, desired, guest, host, network, routedGuest, type ShortForward } from '../nat-fixture.ts';

/** Checks for at most so many seconds, and says how many cases and which seed. */
export function checkFor<T>(
  context: TestContext,
  property: fc.IProperty<T> | fc.IAsyncProperty<T>,
  bounds: { readonly seconds: number; readonly runs: number },
): fc.RunDetails<T> | Promise<fc.RunDetails<T>> {
  const seed = seedOfRun();
  const factor = isLongRun ? 20 : 1;
  const parameters = {
    seed,
    numRuns: bounds.runs * factor,
    interruptAfterTimeLimit: bounds.seconds * factor * 1000,
    markInterruptAsFailure: false,
  };
  const judge = (details: fc.RunDetails<T>): fc.RunDetails<T> => {
    context.diagnostic(`${details.numRuns} cases, seed ${seed}`);
    if (details.failed) throw new Error(`${fc.defaultReportMessage(details)}\n${String(details.errorInstance)}`);
    if (details.numRuns === 0) throw new Error('no case was tried');
    return details;
  };
  const result: unknown = fc.check(property, parameters);
  if (result instanceof Promise) return result.then((details) => judge(details as fc.RunDetails<T>));
  return judge(result as fc.RunDetails<T>);
}

const names = ['web', 'mail', 'db', 'git', 'games'];

const forwards: fc.Arbitrary<readonly ShortForward[]> = fc
  .uniqueArray(
    fc.record({
      port: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 1, max: 60 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }).map((first) => [first, first + 9] as const) },
      ),
      to: fc.integer({ min: 1, max: 60 }),
      address: fc.constantFrom('main', 'second', 'six', 'both'),
      protocol: fc.constantFrom('tcp', 'tcp', 'udp', 'sctp'),
      from: fc.option(
        fc.uniqueArray(
          fc.constantFrom('192.0.2.77', '10.9.0.0/16', '0.0.0.0/0', '2001:db8:7::/48', '2001:db8:7::1/128'),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
        { nil: undefined, freq: 3 },
      ),
      until: fc.option(fc.constantFrom('2030-12-31T22:59:59', '2037-01-01T00:00:00'), { nil: undefined, freq: 6 }),
    }),
    { maxLength: 12, selector: ({ port, address: on, protocol }) => `${on} ${String(port)} ${protocol}` },
  )
  .map((list) =>
    list.map(({ from, until, ...rest }) => ({
      ...rest,
      ...(from === undefined ? {} : { from }),
      ...(until === undefined ? {} : { until }),
    })),
  );

const snat: fc.Arbitrary<Network['snat']> = fc.constantFrom(
  { kind: 'masquerade' },
  { kind: 'none' },
  { kind: 'address', address: 'main' },
  { kind: 'address', address: 'both', written: true },
);

/** A dom0 with four addresses of its own (two with IPv6, one on another uplink), one routed, two networks, some guests. */
export const anyDesired: fc.Arbitrary<Desired> = fc
  .record({
    snats: fc.tuple(snat, snat),
    hairpins: fc.tuple(fc.boolean(), fc.boolean()),
    routed: fc.boolean(),
    lists: fc.array(forwards, { maxLength: names.length }),
    own: fc.boolean(),
  })
  .map(({ snats, hairpins, routed, lists, own }) => {
    const addresses: Address[] = [
      address('main', '203.0.113.10'),
      address('second', '203.0.113.11', { interface: 'eth1' }),
      address('six', { v6: '2001:db8:1::6' }),
      address('both', { v4: '203.0.113.12', v6: '2001:db8:1::12' }),
      address('failover', { v4: '198.51.100.28', v6: '2001:db8:f::28' }, { carriedBy: routed ? 'siteclient' : null }),
    ];
    const networks = [
      network('lan', 'br0', ['192.168.1.0/24', 'fd00:1::/64'], { snat: snats[0], hairpin: hairpins[0] }),
      network('dmz', 'br1', ['10.1.0.0/16', '10.2.0.0/16'], { snat: snats[1], hairpin: hairpins[1] }),
    ];
    const guests: Guest[] = lists.map((list, i) =>
      i % 2 === 0
        ? guest(names[i] ?? '', { v4: `192.168.1.${i + 1}`, v6: `fd00:1::${i + 1}` }, list, own ? { snat: 'both' } : {})
        : guest(names[i] ?? '', `10.1.0.${i + 1}`, list, { network: 'dmz' }),
    );
    if (routed) guests.push(routedGuest('siteclient', 'failover'));
    return desired(host(addresses, networks), guests);
  });

/** Some of them with rules of ours in the filter table too. */
export const anyForwarding: fc.Arbitrary<Desired> = fc
  .tuple(anyDesired, fc.boolean())
  .map(([of, accept]) => (accept ? { ...of, host: { ...of.host, forwarding: 'accept' } } : of));

/** What strangers have: rules spelled as the kernel saves them, in built-in chains and in chains of their own. */
export const strangerRule = fc.constantFrom(
  '-p tcp -m tcp --dport 3306 -j DNAT --to-destination 192.168.1.9:3306',
  '-i eth0 -p udp -m udp --dport 53 -j REDIRECT --to-ports 5353',
  '-m addrtype --dst-type LOCAL -j DOCKER',
  '-m comment --comment "not natroute" -j DOCKER',
  '-m comment --comment "a \\"quoted\\" \\\\ one, isn\\\'t it" -j RETURN',
  '-s 172.17.0.0/16 -j ACCEPT',
  '-m mark --mark 0x1 -j RETURN',
  '-p tcp -m multiport --dports 80,443 -j ACCEPT',
  '',
);

export interface Stranger {
  readonly chain: 'PREROUTING' | 'INPUT' | 'OUTPUT' | 'POSTROUTING' | 'DOCKER';
  readonly text: string;
}

export const strangers: fc.Arbitrary<readonly Stranger[]> = fc.array(
  fc.record({
    chain: fc.constantFrom('PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING', 'DOCKER'),
    text: strangerRule.filter((text) => !text.includes('DOCKER')),
  }),
  { maxLength: 8 },
);

/** One thing that somebody does to a table: which chain and rule is meant is worked out by `misbehave`. */
export type Mischief =
  | { readonly kind: 'insert'; readonly chain: number; readonly at: number; readonly text: string }
  | {
      readonly kind: 'delete' | 'double' | 'move' | 'edit';
      readonly chain: number;
      readonly at: number;
      readonly to: number;
    }
  | { readonly kind: 'flush'; readonly chain: number };

const index = fc.nat({ max: 1000 });

export const mischief: fc.Arbitrary<Mischief> = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), chain: index, at: index, text: strangerRule }),
  fc.record({ kind: fc.constantFrom('delete', 'double', 'move', 'edit'), chain: index, at: index, to: index }),
  fc.record({ kind: fc.constant('flush' as const), chain: index }),
);

/** Does it to the chains of a save; `ownOnly` leaves strangers' rules alone. */
export function misbehave(chains: Record<string, string[]>, one: Mischief): void {
  const names = Object.keys(chains);
  const rules = chains[names[one.chain % names.length] ?? ''];
  if (rules === undefined) return;
  if (one.kind === 'flush') {
    rules.length = 0;
    return;
  }
  const at = rules.length === 0 ? 0 : one.at % rules.length;
  const text = rules[at];
  if (one.kind === 'insert') {
    rules.splice(at, 0, one.text);
    return;
  }
  if (text === undefined) return;
  const to = one.to % rules.length;
  switch (one.kind) {
    case 'delete':
      rules.splice(at, 1);
      return;
    case 'double':
      rules.splice(to, 0, text);
      return;
    case 'move':
      rules.splice(at, 1);
      rules.splice(to, 0, text);
      return;
    case 'edit':
      rules[at] = text.replace(/-j \S+.*$/, '-j ACCEPT');
      return;
    default:
      one satisfies never;
  }
}
