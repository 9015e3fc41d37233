/** A small host to walk packets through, and walks in short. */
import assert from 'node:assert/strict';
import { createInternet } from '../../src/core/trace/internet.ts';
import { packetFrom, type Sender } from '../../src/core/trace/sender.ts';
import type { Path, Trace } from '../../src/core/trace/trace.ts';
import { walk } from '../../src/core/trace/walk.ts';
import { traceWorld, type TraceWorld } from '../../src/core/trace/world.ts';
import type { Desired } from '../../src/model/desired.ts';
import type { NatTable } from '../../src/model/nat.ts';
import { address, desired, guest, host, network, routedGuest, type ShortForward } from './nat-fixture.ts';

export const now = new Date('2026-06-01T12:00:00Z');

/** main is 203.0.113.10, br0 has web (.1) and mail (.2), siteclient carries failover. */
export function ground(forwards: readonly ShortForward[] = [], change: Partial<Desired['host']> = {}): Desired {
  const own = host(
    [
      address('main', { v4: '203.0.113.10', v6: '2001:db8:1::10' }, { prefixes: { v4: 24, v6: 64 } }),
      address('failover', '198.51.100.28', { reached: 'arp', carriedBy: 'siteclient' }),
    ],
    [
      network('lan', 'br0', ['192.168.1.0/24', 'fd00:1::/64'], {
        gateways: { v4: '192.168.1.254', v6: 'fd00:1::254' },
      }),
    ],
    {
      listens: [{ ports: { first: 22, last: 22 }, protocol: 'tcp', at: { file: 'host.yaml', line: 9, column: 1 } }],
      ...change,
    },
  );
  return desired(own, [
    guest('mail', { v4: '192.168.1.2', v6: 'fd00:1::2' }, []),
    routedGuest('siteclient', 'failover'),
    guest('web', { v4: '192.168.1.1', v6: 'fd00:1::1' }, forwards),
  ]);
}

export const empty: NatTable = { chains: [] };

export function worldOf(table: NatTable, of: Desired = ground(), family: 'v4' | 'v6' = 'v4'): TraceWorld {
  const nat = { v4: empty, v6: empty, [family]: table };
  return traceWorld({ nat, host: of.host, guests: of.guests, now });
}

/** `internet`, `host`, a guest's name or an IP. */
function senderOf(text: string): Sender {
  if (text === 'internet' || text === 'host') return { kind: text };
  return /[.:]/.test(text) ? { kind: 'ip', ip: text } : { kind: 'guest', guest: text };
}

/** From `internet 203.0.113.10:80/tcp` to its walk. */
export function send(world: TraceWorld, words: string, of: Desired = ground()): Trace {
  const [, from = '', ip = '', port = '', protocol = ''] = /^(\S+) \[?([^\]/]+?)\]?:(\d+)\/(\w+)$/.exec(words) ?? [];
  const to = { ip, port: Number(port), protocol: protocol as 'tcp' | 'udp' | 'sctp' };
  const packet = packetFrom(world, senderOf(from), to, createInternet(of));
  assert.ok(packet !== null, `no packet for ${words}`);
  return walk(world, packet);
}

/** `web 192.168.1.1:80 sees 198.18.0.1`, and ways that depend joined by ` | `. */
export function short(trace: Trace): string {
  return [...new Set(trace.paths.map(shortEnd))].join(' | ');
}

function shortEnd({ end, sender, answerLost }: Path): string {
  const sees = ` sees ${sender ?? '?'}${answerLost ? ' (answer lost)' : ''}`;
  switch (end.kind) {
    case 'guest':
      return `${end.guest} ${end.ip}:${end.port}${sees}`;
    case 'host':
      return `host ${end.ip}:${end.port}${sees}`;
    case 'outside':
      return `outside ${end.ip}:${end.port}${sees}`;
    default:
      return end.kind;
  }
}
