// What a change means for people outside, case by case, as the plan prints it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileNat } from '../../../src/core/nat/compile.ts';
import type { RulesByChain } from '../../../src/core/plan/entrances.ts';
import { impactOf, type Sides } from '../../../src/core/plan/impact.ts';
import { impactLines, impactTally } from '../../../src/core/views/impact.ts';
import { plain } from '../../../src/core/views/paint.ts';
import type { Impact } from '../../../src/model/change.ts';
import type { Desired, Host } from '../../../src/model/desired.ts';
import { families, type Family } from '../../../src/model/family.ts';
import { address, desired, guest, host, network, somewhere, type ShortForward } from '../nat-fixture.ts';

const dom0 = host([address('main', '203.0.113.10')], [network('lan', 'br0', ['192.168.1.0/24'])], {
  listens: [{ protocol: 'tcp', ports: { first: 22, last: 22 }, at: somewhere }],
});

function mail(forwards: readonly ShortForward[], ip: string | { v4?: string; v6?: string } = '192.168.1.2'): Desired {
  return desired(dom0, [guest('mail', ip, forwards)]);
}

function rulesOf(state: Desired | null, family: Family): Map<string, { text: string }[]> {
  if (state === null) return new Map();
  const { chains, jumps } = compileNat(state)[family];
  const rules = new Map(chains.map((chain) => [chain.name, chain.rules.map(({ text }) => ({ text }))]));
  for (const { chain, text } of jumps) rules.set(chain, [{ text }]);
  return rules;
}

function between(
  before: Desired | null,
  after: Desired | null,
  { edit, of = dom0 }: { edit?: (rules: Map<string, { text: string }[]>) => void; of?: Host | null } = {},
): readonly Impact[] {
  const sides = {} as Record<Family, { before: RulesByChain; after: RulesByChain }>;
  for (const family of families) {
    const rules = rulesOf(before, family);
    if (family === 'v4') edit?.(rules);
    sides[family] = { before: rules, after: rulesOf(after, family) };
  }
  return impactOf(of, sides satisfies Sides);
}

function shown(impacts: readonly Impact[]): string {
  return impactLines(impacts, plain).join('\n');
}

describe('what a change means outside', () => {
  it('opens, for anyone and for some: then everyone else reaches the host', () => {
    assert.equal(
      shown(between(null, mail([{ port: 25 }, { port: 2222, to: 22, from: ['192.0.2.77/32', '198.51.100.0/24'] }]))),
      [
        '  + main:25/tcp    opens    anyone -> mail 192.168.1.2:25',
        '  + main:2222/tcp  opens    192.0.2.77, 198.51.100.0/24 -> mail 192.168.1.2:22',
        "                            everyone else -> the HOST's own port 2222 (not in `listens`)",
      ].join('\n'),
    );
  });

  it('closes, and falls to a service of the host', () => {
    assert.equal(
      shown(between(mail([{ port: 22, from: ['192.0.2.77'] }, { port: 80 }]), mail([]))),
      [
        "  ! main:22/tcp  to host  anyone -> the HOST's own port 22 (in `listens`: its service answers)",
        '                          before: mail 192.168.1.2:22 for 192.0.2.77',
        "  - main:80/tcp  closes   anyone -> the HOST's own port 80 (not in `listens`)",
        '                          before: mail 192.168.1.2:80 for anyone',
      ].join('\n'),
    );
  });

  it('says nothing of what the host answers where its own services are not known', () => {
    const [one] = between(mail([{ port: 80 }]), null, { of: null });
    assert.equal(one?.effect, 'closes');
    assert.equal(one.hostListens, null);
    assert.equal(one.text, "main:80/tcp closes: anyone -> the HOST's own port 80; before: mail 192.168.1.2:80");
  });

  it('narrows and widens', () => {
    const open = mail([{ port: 80 }]);
    const some = mail([{ port: 80, from: ['192.0.2.77'] }]);
    const more = mail([{ port: 80, from: ['192.0.2.77', '192.0.2.78'] }]);
    assert.equal(
      shown(between(open, some)),
      [
        '  - main:80/tcp  narrows  192.0.2.77 -> mail 192.168.1.2:80',
        "                          everyone else -> the HOST's own port 80 (not in `listens`)",
        '                          before: mail 192.168.1.2:80 for anyone',
      ].join('\n'),
    );
    assert.deepEqual(
      [between(some, open), between(some, more), between(more, some)].map(([one]) => one?.effect),
      ['widens', 'widens', 'narrows'],
    );
  });

  it('moves to another guest, another port, or part of the sources to another end', () => {
    const other = desired(dom0, [guest('web', '192.168.1.1', [{ port: 80 }])]);
    assert.match(
      shown(between(mail([{ port: 80 }]), other)),
      /~ main:80\/tcp {2}moves {4}anyone -> web 192\.168\.1\.1:80\n.*before: mail 192\.168\.1\.2:80 for anyone/,
    );
    assert.deepEqual(
      between(mail([{ port: 80 }]), mail([{ port: 80, to: 8080 }])).map(({ effect, before, after }) => [
        effect,
        before,
        after,
      ]),
      [['retargets', 'mail 192.168.1.2:80', 'mail 192.168.1.2:8080']],
    );
    const two = (a: string, b: string): Desired =>
      desired(dom0, [
        guest('a', '192.168.1.5', [{ port: 80, from: [a] }]),
        guest('b', '192.168.1.6', [{ port: 80, from: [b] }]),
      ]);
    const swapped = between(two('192.0.2.1', '192.0.2.2'), two('192.0.2.2', '192.0.2.1'));
    assert.deepEqual(
      swapped.map(({ effect }) => effect),
      ['retargets'],
    );
  });

  it('a range that grows, shrinks or shifts tells only what is new', () => {
    const range = (first: number, last: number, to = first): Desired => mail([{ port: [first, last], to }]);
    assert.equal(
      shown(between(range(50000, 50100, 60000), range(50000, 50200, 60000))),
      '  + main:50101-50200/tcp  opens    anyone -> mail 192.168.1.2:60101-60200',
    );
    assert.equal(impactTally(between(range(100, 199), range(100, 149))), '1 forward closes');
    assert.deepEqual(
      between(range(100, 199), range(150, 249)).map(({ effect, ports }) => [effect, ports.first, ports.last]),
      [
        ['closes', 100, 149],
        ['opens', 200, 249],
      ],
    );
    assert.deepEqual(between(range(100, 199), mail([{ port: [100, 149] }, { port: [150, 199] }])), []);
  });

  it("a range over a port of the host's own is told apart there", () => {
    assert.deepEqual(
      between(mail([{ port: [20, 30] }]), null).map(({ effect, ports }) => [effect, ports.first, ports.last]),
      [
        ['closes', 20, 21],
        ['falls-to-host', 22, 22],
        ['closes', 23, 30],
      ],
    );
  });

  it('a date that comes, goes or moves', () => {
    const until = (date: string): Desired => mail([{ port: 80, until: date }]);
    assert.equal(
      shown(between(null, until('2026-12-31T22:59:59'))),
      '  + main:80/tcp  opens    anyone -> mail 192.168.1.2:80 until 2026-12-31T22:59:59Z',
    );
    const effects = [
      between(until('2026-12-31T22:59:59'), mail([{ port: 80 }])),
      between(mail([{ port: 80 }]), until('2026-12-31T22:59:59')),
      between(until('2026-12-31T22:59:59'), until('2027-01-31T22:59:59')),
    ].map(([one]) => one?.effect);
    assert.deepEqual(effects, ['widens', 'narrows', 'widens']);
  });

  it('an address of both families: once where they fare alike, apart where not', () => {
    const both = host(
      [address('main', { v4: '203.0.113.10', v6: '2001:db8::10' })],
      [network('lan', 'br0', ['192.168.1.0/24', 'fd00::/64'])],
    );
    const state = (ip: { v4?: string; v6?: string }, ports: readonly number[]): Desired =>
      desired(both, [
        guest(
          'mail',
          ip,
          ports.map((port) => ({ port })),
        ),
      ]);
    const full = { v4: '192.168.1.2', v6: 'fd00::2' };
    assert.equal(
      shown(between(null, state(full, [25]), { of: both })),
      '  + main:25/tcp  opens    anyone -> mail 192.168.1.2:25, [fd00::2]:25',
    );
    assert.equal(
      shown(between(null, state({ v4: '192.168.1.2' }, [25]), { of: both })),
      '  + main:25/tcp IPv4  opens    anyone -> mail 192.168.1.2:25',
    );
    assert.match(
      shown(between(state(full, [25]), state({ v4: '192.168.1.2' }, [25]), { of: both })),
      /^ {2}- main:25\/tcp IPv6 {2}closes/,
    );
  });
});

describe('what somebody did by hand', () => {
  it('a jump that is gone closes all that it led to', () => {
    const state = mail([{ port: 25 }, { port: 80 }]);
    const gone = between(state, state, { edit: (rules) => rules.delete('PREROUTING') });
    assert.equal(impactTally(gone), '2 forwards open');
    const unhooked = between(state, state, { edit: (rules) => rules.set('NR-DST', []) });
    assert.equal(impactTally(unhooked), '2 forwards open');
  });

  it('a rule edited under its comment is read by what it does', () => {
    const state = mail([{ port: 25 }]);
    const edited = between(state, state, {
      edit: (rules) =>
        rules.set(
          'NR-A-main',
          (rules.get('NR-A-main') ?? []).map(({ text }) => ({ text: text.replace('--dport 25', '--dport 26') })),
        ),
    });
    assert.deepEqual(
      edited.map(({ effect, ports }) => [effect, ports.first]),
      [
        ['opens', 25],
        ['closes', 26],
      ],
    );
  });

  it("a stranger's rule in our chain opened a port, or took one over", () => {
    const state = mail([{ port: 25 }]);
    const stranger = (port: number): readonly Impact[] =>
      between(state, state, {
        edit: (rules) =>
          rules.set('NR-A-main', [
            { text: `-p tcp -m tcp --dport ${port} -j DNAT --to-destination 10.9.9.9:${port}` },
            ...(rules.get('NR-A-main') ?? []),
          ]),
      });
    assert.match(shown(stranger(3306)), /- main:3306\/tcp {2}closes .*\n.*before: 10\.9\.9\.9:3306 for anyone$/);
    assert.match(
      shown(stranger(25)),
      /~ main:25\/tcp {2}moves .*mail 192\.168\.1\.2:25\n.*before: 10\.9\.9\.9:25 for anyone$/,
    );
  });

  it('what a rule had carried is told with the right number', () => {
    for (const [packets, words] of [
      [0, '0 connections so far'],
      [1, '1 connection so far'],
      [17, '17 connections so far'],
    ] as const) {
      const impacts = between(mail([{ port: 25 }]), null, {
        edit: (rules) => {
          for (const rule of rules.get('NR-A-main') ?? []) Object.assign(rule, { counters: { packets, bytes: 60 } });
        },
      });
      assert.ok(shown(impacts).endsWith(words), shown(impacts));
    }
  });

  it('long lists of sources stay within 100 columns', () => {
    const from = Array.from({ length: 40 }, (_, i) => `192.0.2.${i}`);
    const lines = impactLines(between(null, mail([{ port: 25, from }])), plain);
    assert.ok(lines.length > 4);
    for (const line of lines) assert.ok(line.length <= 100, line);
  });
});
