import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { guardText } from '../../../src/core/plan/guard.ts';
import type { Forward, Guest, GuestState } from '../../../src/model/desired.ts';
import { address, host } from '../nat-fixture.ts';

const at = { file: 'x', line: 1, column: 1 };
const now = new Date('2026-11-22T12:00:00Z');

function forward(first: number, last = first, until: string | null = null): Forward {
  const ports = { first, last };
  return {
    guest: 'web',
    address: 'main',
    protocol: 'tcp',
    ports,
    to: ports,
    sources: null,
    until,
    description: null,
    at,
  };
}

const both = { v4: '203.0.113.10', v6: '2001:db8::10' };

function side(
  forwards: readonly Forward[],
  states: Readonly<Record<string, GuestState>> = { web: 'running' },
  ips: object = both,
) {
  const interfaces = [{ kind: 'nat', ips }];
  const guests = Object.entries(states).map(([name, state], i) => ({
    ...{ name, state, interfaces },
    forwards: i === 0 ? forwards : [],
  }));
  return {
    host: host([address('main', both), address('failover', both)], []),
    guests: guests as unknown as readonly Guest[],
  };
}

const ports = (...list: readonly number[]): readonly Forward[] => list.map((port) => forward(port));

describe('what a commit takes away is held', () => {
  const third = { mostDeletions: 1 / 3, now };
  const cases: readonly (readonly [
    what: string,
    before: ReturnType<typeof side>,
    after: ReturnType<typeof side>,
    said: string | null,
  ])[] = [
    ['one of two forwards', side(ports(80, 443)), side(ports(443)), null],
    ['a third', side(ports(1, 2, 3, 4, 5, 6)), side(ports(1, 2, 3, 4)), null],
    [
      'more than a third',
      side(ports(1, 2, 3, 4, 5)),
      side(ports(1, 2, 3)),
      'deletes 2 of 5 forwards (main:4/tcp, main:5/tcp)',
    ],
    ['the last one', side(ports(80)), side([]), 'deletes the only forward (main:80/tcp)'],
    ['the only one, which moves', side(ports(80)), side(ports(443)), null],
    ['all', side(ports(80, 443)), side(ports(25)), 'deletes all 2 forwards (main:80/tcp, main:443/tcp)'],
    [
      'the same ports of another protocol or address do not stand in',
      side([forward(80), forward(443)]),
      side([
        { ...forward(80), protocol: 'udp' },
        { ...forward(443), address: 'failover' },
      ]),
      'deletes all 2 forwards (main:80/tcp, main:443/tcp)',
    ],
    ['ports inside a range that comes', side(ports(80, 90, 99)), side([forward(1, 5), forward(70, 99)]), null],
    [
      'ports on both sides of it',
      side(ports(69, 70, 99, 100)),
      side([forward(90, 99), forward(70, 95), forward(72, 73)]),
      'deletes 2 of 4 forwards (main:69/tcp, main:100/tcp)',
    ],
    ['a range that grows', side([forward(100, 200)]), side([forward(90, 300)]), null],
    ['what has ended', side([forward(80, 80, '2026-01-01T00:00:00'), forward(81)]), side(ports(81)), null],
    ['another guest takes over', side(ports(80)), side(ports(80), { mail: 'running', web: 'running' }), null],
    [
      'a running guest',
      side(ports(80), { web: 'running', mail: 'running' }),
      side(ports(80)),
      'deletes the running guest mail',
    ],
    [
      'a running guest, as absent',
      side([], { web: 'running' }),
      side([], { web: 'absent' }),
      'deletes the running guest web',
    ],
    ['a stopped guest', side([], { web: 'stopped' }), side([], {}), null],
    ['an unmanaged guest', side([], { web: 'unmanaged' }), side([], {}), null],
    [
      'an unmanaged guest, as absent, and one that nobody knew',
      side([], { web: 'unmanaged', old: 'stopped' }),
      side([], { web: 'absent', old: 'absent', strange: 'absent' }),
      'shuts down what natroute did not manage so far: web, strange',
    ],
    ['what is absent already', side([], { web: 'absent' }), side([], { web: 'absent' }), null],
    [
      'IPv4, where the guest has no more of it',
      side(ports(80, 443)),
      side(ports(80, 443), undefined, { v6: 'fd00::1' }),
      'deletes all 2 forwards (main:80/tcp, main:443/tcp)',
    ],
    ['IPv6 that comes', side(ports(80, 443), undefined, { v4: '192.168.1.1' }), side(ports(80, 443)), null],
  ];
  for (const [what, before, after, said] of cases) it(what, () => assert.equal(guardText(before, after, third), said));

  it('guests that stay as they are stand in for others, and count', () => {
    const guest = (name: string, forwards: readonly Forward[]): Guest =>
      ({ ...side(forwards).guests[0], name }) as Guest;
    const [open, few] = [guest('open', ports(1, 2)), guest('few', [{ ...forward(80), sources: ['192.0.2.7/32'] }])];
    const gone = guest('gone', [forward(80), forward(81), forward(82)]);
    const of = (...guests: readonly Guest[]): ReturnType<typeof side> => ({ ...side([]), guests });
    assert.equal(guardText(of(few, gone, open), of(few, open), third), 'deletes the running guest gone');
    assert.equal(
      guardText(of(few, gone), of(few), third),
      'deletes 2 of 4 forwards (main:81/tcp, main:82/tcp) and deletes the running guest gone',
    );
  });

  it('guests that stay as they are do not where their address loses a family', () => {
    const { guests } = side(ports(80, 443));
    const only = { ...side([]), host: host([address('main', { v6: both.v6 })], []), guests };
    assert.match(guardText({ ...side([]), guests }, only, third) ?? '', /^deletes all 2 forwards/);
  });

  it('only a running guest where the limit is 100%', () => {
    const all = { mostDeletions: 1, now };
    assert.equal(guardText(side(ports(80, 443)), side([]), all), null);
    assert.equal(guardText(side(ports(80)), side([], {}), all), 'deletes the running guest web');
  });
});
