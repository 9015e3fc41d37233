// Promise: what is adopted compiles to exactly what was typed, and every other byte of the repository stays.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../../property.ts';
import { compileNat } from '../../../src/core/nat/compile.ts';
import type { Change } from '../../../src/model/change.ts';
import { families } from '../../../src/model/family.ts';
import type { NatTarget } from '../../../src/model/target.ts';
import { checkFor } from '../nat/random.ts';
import { stateOf } from '../state-files.ts';
import { adoptAfter, desiredOf, type Chains } from './hands.ts';

const hostFile = `uplink: {interface: eth0}
addresses:
  main: {ip: [203.0.113.10/24, "2001:db8:1::10"]}
  second: 203.0.113.11
networks:
  lan: {bridge: br0, subnet: [192.168.1.0/24, "fd00:1::/64"], snat: masquerade}
toolstack: netns
timezone: Europe/Paris
`;
const groupsFile = 'admins: [192.0.2.77, 198.51.100.0/25]\nbob: [203.0.113.99]\n';

interface Item {
  readonly ports: number;
  readonly range: boolean;
  readonly to: boolean;
  readonly protocols: readonly string[];
  readonly address: string | null;
  readonly from: readonly string[] | null;
  readonly until: string | null;
  readonly described: boolean;
  readonly style: 'flow' | 'padded' | 'block' | 'block lists';
  readonly comment: 'none' | 'behind' | 'above';
  readonly gap: boolean;
}

const item: fc.Arbitrary<Item> = fc.record({
  ports: fc.constantFrom(1, 1, 1, 2, 3),
  range: fc.boolean(),
  to: fc.boolean(),
  protocols: fc.constantFrom([], [], ['udp'], ['tcp', 'udp']),
  address: fc.constantFrom(null, null, 'second', 'main'),
  from: fc.constantFrom(null, null, ['admins'], ['bob'], ['192.0.2.1'], ['bob', '192.0.2.1'], ['admins', 'bob']),
  until: fc.constantFrom(null, null, null, '2027-03-01', '"2027-03-01T12:00"'),
  described: fc.boolean(),
  style: fc.constantFrom('flow', 'padded', 'block', 'block lists'),
  comment: fc.constantFrom('none', 'behind', 'above'),
  gap: fc.boolean(),
});

interface Layout {
  readonly list: 'block' | 'indented' | 'flow' | 'flow lines';
  readonly trailingComma: boolean;
  readonly crlf: boolean;
  readonly finalNewline: boolean;
  readonly ending: boolean;
}

const layout: fc.Arbitrary<Layout> = fc.record({
  list: fc.constantFrom('block', 'indented', 'flow', 'flow lines'),
  trailingComma: fc.boolean(),
  crlf: fc.boolean(),
  finalNewline: fc.boolean(),
  ending: fc.boolean(),
});

function keysOf(one: Item, n: number): readonly (readonly [string, readonly string[] | string])[] {
  const first = 1000 + n * 20;
  const port = one.range && one.ports === 1 ? `${first}-${first + 3}` : String(first);
  const ports = one.ports === 1 ? port : Array.from({ length: one.ports }, (_, i) => String(first + i));
  const to = one.range && one.ports === 1 ? `${first + 5000}-${first + 5003}` : String(first + 5000);
  return [
    ['port', ports],
    ...(one.to ? [['to', to] as const] : []),
    ...(one.protocols.length === 0
      ? []
      : [['protocol', one.protocols.length === 1 ? (one.protocols[0] ?? '') : one.protocols] as const]),
    ...(one.address === null ? [] : [['address', one.address] as const]),
    ...(one.from === null ? [] : [['from', one.from] as const]),
    ...(one.until === null ? [] : [['until', one.until] as const]),
    ...(one.described ? [['description', `"item ${n}, {or} so"`] as const] : []),
  ];
}

/** The lines of an item, the first of which stands behind its dash. */
function linesOfItem(one: Item, n: number, inFlow: boolean): readonly string[] {
  const keys = keysOf(one, n);
  const flow = (value: readonly string[] | string): string =>
    typeof value === 'string' ? value : `[${value.join(', ')}]`;
  if (inFlow || one.style === 'flow' || one.style === 'padded') {
    const pad = one.style === 'padded' ? ' ' : '';
    return [`{${pad}${keys.map(([key, value]) => `${key}: ${flow(value)}`).join(', ')}${pad}}`];
  }
  return keys.flatMap(([key, value]) =>
    one.style === 'block lists' && typeof value !== 'string'
      ? [`${key}:  # ${key} of ${n}`, ...value.map((entry) => `  - ${entry}`)]
      : [`${key}: ${flow(value)}`],
  );
}

function listText(items: readonly Item[], { list, trailingComma }: Layout): string {
  if (items.length === 0) return list === 'flow' ? 'forwards: []\n' : '';
  const behind = (one: Item, n: number): string => (one.comment === 'behind' ? `   # behind ${n}` : '');
  if (list === 'flow') return `forwards: [${items.map((one, n) => linesOfItem(one, n, true).join('')).join(', ')}]\n`;
  if (list === 'flow lines') {
    const lines = items.map((one, n) => {
      const comma = n < items.length - 1 || trailingComma ? ',' : '';
      const above = one.comment === 'above' ? `  # above ${n}\n` : '';
      return `${above}  ${linesOfItem(one, n, true).join('')}${comma}${behind(one, n)}\n`;
    });
    return `forwards: [\n${lines.join('')}]\n`;
  }
  const indent = list === 'block' ? '' : '  ';
  const lines = items.map((one, n) => {
    const gap = one.gap ? '\n' : '';
    const above = one.comment === 'above' ? `${indent}# above ${n}\n` : '';
    const [first, ...rest] = linesOfItem(one, n, false);
    // A comment behind the first line of several keys is inside of the item.
    return `${gap}${above}${indent}- ${first ?? ''}${behind(one, n)}\n${rest.map((line) => `${indent}  ${line}\n`).join('')}`;
  });
  return `forwards: # all of them\n${lines.join('')}`;
}

function guestText(ip: string, items: readonly Item[], how: Layout): string {
  const top = `# a guest\nmemory: 512   # MiB\ninterfaces:\n  - {network: lan, ip: ${ip}}\n\n`;
  const ending = how.ending ? '\nowner:   "info16"  # ask him\n# the end\n' : '';
  let text = top + listText(items, how) + ending;
  if (!how.finalNewline) text = text.trimEnd();
  return how.crlf ? text.replaceAll('\n', '\r\n') : text;
}

type Deed =
  | { readonly kind: 'delete' | 'double' | 'swap' | 'flush'; readonly at: number }
  | {
      readonly kind: 'port' | 'to' | 'ip' | 'source' | 'open' | 'until' | 'undate' | 'forget' | 'protocol';
      readonly at: number;
      readonly with: number;
    }
  | { readonly kind: 'add' | 'widen' | 'behind'; readonly at: number; readonly with: number };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('delete', 'double', 'swap'), at: fc.nat(99) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const), at: fc.nat(99) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('port', 'to', 'ip', 'source', 'open', 'until', 'undate', 'forget', 'protocol'),
      at: fc.nat(99),
      with: fc.nat(99),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('add', 'widen', 'behind'), at: fc.nat(99), with: fc.nat(99) }),
  },
);

const sources = ['192.0.2.1/32', '192.0.2.200/32', '10.9.0.0/16', '198.51.100.0/25'];

function doIt(chains: Chains, one: Deed): void {
  const names = Object.keys(chains).filter((name) => name.startsWith('NR-A-'));
  const rules = chains[names[one.at % Math.max(1, names.length)] ?? ''];
  if (rules === undefined) return;
  const at = one.at % Math.max(1, rules.length);
  const text = rules[at] ?? '';
  const put = (changed: string): void => {
    if (rules.length > 0) rules.splice(at, 1, changed);
  };
  switch (one.kind) {
    case 'flush':
      rules.length = 0;
      return;
    case 'delete':
      rules.splice(at, 1);
      return;
    case 'double':
      rules.push(text);
      return;
    case 'swap':
      rules.push(...rules.splice(at, 1));
      return;
    case 'port':
      return put(text.replace(/--dport \d+ /, `--dport ${7000 + one.with} `));
    case 'to':
      return put(
        text.replace(/(--to-destination \S+[.\]]\S*):\d+$/, `$1:${8000 + one.with}`).replace(/\d(:\d+)$/, (all) => all),
      );
    case 'ip':
      return put(text.replace('192.168.1.2', `192.168.1.${2 + (one.with % 3)}`));
    case 'source':
      return put(`-s ${sources[one.with % sources.length] ?? ''} ${text.replace(/^-s \S+ /, '')}`);
    case 'open':
      return put(text.replace(/^-s \S+ /, ''));
    case 'until':
      return put(text.replace(/--datestop \S+/, '--datestop 2027-04-01T21:59:59'));
    case 'undate':
      return put(text.replace(/-m time --datestop \S+ /, ''));
    case 'forget':
      return put(text.replace(/-m comment --comment "[^"]*" /, ''));
    case 'protocol':
      return put(text.replace('-p tcp -m tcp', '-p udp -m udp'));
    case 'add':
      rules.push(
        `-p tcp -m tcp --dport ${9000 + one.with} -j DNAT --to-destination 192.168.1.${2 + (one.with % 3)}:22`,
      );
      return;
    case 'widen':
      if (text.startsWith('-s '))
        rules.splice(
          at,
          0,
          `-s 192.0.2.${100 + one.with}/32 ${text.replace(/^-s \S+ /, '').replace(/-m comment --comment "[^"]*" /, '')}`,
        );
      return;
    case 'behind':
      rules.push(
        `-s 192.0.2.${100 + one.with}/32 ${text.replace(/^-s \S+ /, '').replace(/-m comment --comment "[^"]*" /, '')}`,
      );
      return;
    default:
      one satisfies never;
  }
}

/** What a rule does, without its comment: read by patterns of the test's own. */
function effect(chain: string, text: string): string {
  const find = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? '';
  const ip = find(/--to-destination (\[[^\]]+\]|[\d.]+)/);
  const ports = find(/--dport (\S+)/);
  const to = find(/--to-destination (?:\[[^\]]+\]|[\d.]+):(\S+)/) || ports;
  return [chain, find(/^-s (\S+)/), find(/-p (\S+)/), ports, find(/--datestop (\S+)/), ip, to].join(' ');
}

function effectsOf(target: NatTarget): Set<string> {
  return new Set(
    target.chains.flatMap(({ name, rules }) =>
      name.startsWith('NR-A-') ? rules.map(({ text }) => effect(name, text)) : [],
    ),
  );
}

/** A rule that went while another one still says the same is no loss. */
function expected(before: NatTarget, changes: readonly Change[], typed: Chains): Set<string> {
  const found = effectsOf(before);
  const there = new Set(Object.entries(typed).flatMap(([name, rules]) => rules.map((text) => effect(name, text))));
  for (const { chain, before: text } of changes) {
    const gone = effect(chain ?? '', text ?? '');
    if (!there.has(gone)) found.delete(gone);
  }
  for (const { chain, after: text } of changes) if (text !== null) found.add(effect(chain ?? '', text));
  return found;
}

const sorted = (set: ReadonlySet<string>): readonly string[] => [...set].sort();

describe('random repositories and hands', () => {
  it('adopt exactly what was typed, and touch nothing else', async (t) => {
    const seen = { adopted: 0, left: 0 };
    await checkFor(
      t,
      fc.property(
        fc.record({
          items: fc.array(item, { maxLength: 6 }),
          how: layout,
          other: layout,
          deeds: fc.array(deed, { minLength: 1, maxLength: 4 }),
          ip: fc.constantFrom('192.168.1.2', '[192.168.1.2, "fd00:1::2"]'),
        }),
        ({ items, how, other, deeds, ip }) => {
          const texts = {
            'host.yaml': hostFile,
            'groups.yaml': groupsFile,
            'guests/mail.yaml': guestText(ip, items, how),
            'guests/web.yaml': guestText('192.168.1.3', [], other),
          };
          const files = stateOf(texts);
          const before = compileNat(desiredOf(files));
          const {
            adopted,
            left,
            files: patched,
            typed,
          } = adoptAfter(files, (_, chains) => deeds.forEach((one) => doIt(chains, one)));
          const changes = adopted.flatMap((one) => one.changes);
          seen.adopted += changes.length;
          seen.left += left.length;
          assert.equal(new Set([...changes, ...left.map(({ change }) => change)]).size, changes.length + left.length);
          const after = compileNat(desiredOf(stateOf({ ...texts, ...Object.fromEntries(patched) })));
          for (const family of families)
            assert.deepEqual(
              sorted(effectsOf(after[family])),
              sorted(
                expected(
                  before[family],
                  changes.filter((change) => change.family === family),
                  typed[family],
                ),
              ),
            );
          for (const [path, text] of patched) assertKept(texts[path as keyof typeof texts], text, changes);
        },
      ),
      { seconds: 8, runs: 1500 },
    );
    t.diagnostic(`${seen.adopted} changes adopted, ${seen.left} left`);
    assert.ok(seen.adopted > seen.left / 4);
  });
});

function assertKept(before: string, after: string, changes: readonly Change[]): void {
  const [top] = before.split(/forwards:|\r?\nowner/);
  assert.ok(after.startsWith((top ?? '').trimEnd()), `the beginning changed:\n${after}`);
  const tail = before.includes('forwards:') ? (/\r?\nowner[^]*$/.exec(before)?.[0] ?? '') : '';
  assert.ok(after.endsWith(tail) || tail === '', `the end changed:\n${after}`);
  if (!before.includes('\r\n')) assert.ok(!after.includes('\r'));
  else assert.ok(!/[^\r]\n/.test(after), 'another line end');
  assert.equal(
    before.includes('forwards: # all of them'),
    after.includes('forwards: # all of them') || after.includes('forwards: [] # all of them'),
  );
  // The comments of an item go with it and only with it.
  for (const [line, n] of before.matchAll(/# (?:above|behind|\w+ of) (\d+)/g)) {
    const touched = changes.some(({ before: gone, after: come }) =>
      [gone, come].some((text) => {
        const port = Number(/--dport (\d+)/.exec(text ?? '')?.[1] ?? 0);
        return Math.floor((port - 1000) / 20) === Number(n);
      }),
    );
    if (!touched) assert.ok(after.includes(line), `${line} is gone:\n${before}\n${after}`);
  }
}
