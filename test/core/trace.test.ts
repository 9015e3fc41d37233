// Promise: the packet walker takes a packet through a nat table as the kernel does, rule by rule, in cases that a person can check.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileNat } from '../../src/core/nat/compile.ts';
import { parseSave } from '../../src/core/nat/save.ts';
import { createInternet } from '../../src/core/trace/internet.ts';
import { packetFrom } from '../../src/core/trace/sender.ts';
import type { Path } from '../../src/core/trace/trace.ts';
import { walk } from '../../src/core/trace/walk.ts';
import { traceWorld } from '../../src/core/trace/world.ts';
import { endText } from '../../src/core/views/trace.ts';
import { limits } from '../../src/model/limits.ts';
import { address, network, saved, type ShortForward } from './nat-fixture.ts';
import { cases as closedCases, dnat } from './trace-cases.ts';
import { openCases } from './trace-open-cases.ts';
import { empty, ground, now, send, short, worldOf } from './trace-fixture.ts';

const cases = [...closedCases, ...openCases];

describe('the walk of one packet', () => {
  for (const [what, rules, packet, end] of cases) {
    it(what, () => assert.equal(short(send(worldOf(parseSave(saved(rules))), packet)), end));
  }

  it('obeys a policy', () => {
    const text = saved({}).replace(':PREROUTING ACCEPT', ':PREROUTING DROP');
    assert.equal(short(send(worldOf(parseSave(text)), 'internet 203.0.113.10:80/tcp')), 'dropped');
  });

  it('reads IPv6 rules', () => {
    const rules = {
      PREROUTING: [
        `-d 2001:db8:1::10/128 -p tcp -m tcp --dport 80 ${dnat('[fd00:1::1]:8080')}`,
        `-d 2001:db8:1::/ffff:ffff:ffff::ffff -p tcp -m tcp --dport 81 ${dnat('fd00:1::1')}`,
        `-d 2001:db8::10/ffff:ffff::ffff -p tcp -m tcp --dport 82 ${dnat('[fd00:1::1]-[fd00:1::1]:90-99')}`,
      ],
      POSTROUTING: ['-s fd00:1::/64 -o eth0 -j MASQUERADE'],
    };
    const world = worldOf(parseSave(saved(rules)), ground(), 'v6');
    const ends = [
      'internet [2001:db8:1::10]:80/tcp',
      'internet [2001:db8:1::10]:81/tcp',
      'internet [2001:db8:1::10]:82/tcp',
      'web [2001:db8:9::9]:25/tcp',
    ];
    assert.deepEqual(
      ends.map((words) => short(send(world, words))),
      [
        'web fd00:1::1:8080 sees 2001:2::1',
        'host 2001:db8:1::10:81 sees 2001:2::1',
        'web fd00:1::1:90 sees 2001:2::1',
        'outside 2001:db8:9::9:25 sees 2001:db8:1::10',
      ],
    );
  });

  it('asks for all of a list of address types in IPv6, as the kernel does', () => {
    const rules = { PREROUTING: [`-m addrtype --dst-type LOCAL,UNICAST ${dnat('fd00:1::1')}`, dnat('fd00:1::2')] };
    const world = worldOf(parseSave(saved(rules)), ground(), 'v6');
    assert.equal(short(send(world, 'internet [2001:db8:1::10]:80/tcp')), 'web fd00:1::1:80 sees 2001:2::1');
    assert.equal(short(send(world, 'internet [fd00:1::9]:80/tcp')), 'mail fd00:1::2:80 sees 2001:2::1');
  });

  it('masquerades as the IP that lies with the gateway, and knows no better where several do', () => {
    const rules = parseSave(saved({ POSTROUTING: ['-o eth0 -j MASQUERADE'] }));
    const end = (prefix: number): string => {
      const main = address('main', '203.0.113.10', { prefixes: { v4: 24 } });
      const of = ground([], { addresses: [address('other', '203.0.113.77', { prefixes: { v4: prefix } }), main] });
      return short(send(worldOf(rules, of), 'web 192.0.2.9:25/tcp', of));
    };
    assert.equal(end(32), 'outside 192.0.2.9:25 sees 203.0.113.10');
    assert.equal(end(24), 'outside 192.0.2.9:25 sees 203.0.113.77 | outside 192.0.2.9:25 sees 203.0.113.10');
  });

  it('says what it assumed, and calls the verdict known only where all ways agree', () => {
    const rules = {
      PREROUTING: [
        `-m mark --mark 0x1 ${dnat('192.168.1.1')}`,
        `-p tcp -m statistic --mode random --probability 0.5 ${dnat('192.168.1.1')}`,
      ],
    };
    const trace = send(worldOf(parseSave(saved(rules))), 'internet 203.0.113.10:80/tcp');
    assert.equal(trace.verdict, 'unknown');
    assert.deepEqual(
      trace.paths.map(({ assumptions }) =>
        assumptions.map(({ rule, assumed }) => `${rule.chain} ${rule.index} ${assumed}`),
      ),
      [
        ['PREROUTING 1 matches'],
        ['PREROUTING 1 does not match', 'PREROUTING 2 matches'],
        ['PREROUTING 1 does not match', 'PREROUTING 2 does not match'],
      ],
    );
    const sure = { PREROUTING: [`-m mark --mark 0x1 ${dnat('192.168.1.1')}`, dnat('192.168.1.1')] };
    assert.equal(send(worldOf(parseSave(saved(sure))), 'internet 203.0.113.10:80/tcp').verdict, 'known');
  });

  it('gives up on too many ways, and says so', () => {
    const many = Array.from({ length: 40 }, (_, i) => `-m mark --mark ${i} ${dnat('192.168.1.1')}`);
    const trace = send(worldOf(parseSave(saved({ PREROUTING: many }))), 'internet 203.0.113.10:80/tcp');
    assert.equal(trace.paths.length, limits.tracePaths);
    assert.equal(trace.more, true);
    assert.equal(trace.verdict, 'unknown');
  });

  it('ends in a table that leads in circles', () => {
    const rules = { PREROUTING: ['-j A'], A: ['-j B'], B: ['-j A'] };
    assert.equal(short(send(worldOf(parseSave(saved(rules))), 'internet 203.0.113.10:80/tcp')), 'unknowable');
    const round = { PREROUTING: ['-g A'], A: ['-g B'], B: ['-g A'] };
    assert.equal(short(send(worldOf(parseSave(saved(round))), 'internet 203.0.113.10:80/tcp')), 'unknowable');
  });
});

describe('the walk through our own target', () => {
  const forwards: ShortForward[] = [
    { port: 80 },
    { port: 2222, to: 22, from: ['192.0.2.77/32'] },
    { port: [50000, 50100], to: 60000, protocol: 'udp' },
    { port: 8443, until: '2026-05-01T00:00:00' },
  ];
  const of = ground(forwards);
  const world = traceWorld({ nat: compileNat(of), host: of.host, guests: of.guests, now });
  const ends: readonly (readonly [string, string])[] = [
    ['internet 203.0.113.10:80/tcp', 'web 192.168.1.1:80 sees 198.18.0.1'],
    ['mail 203.0.113.10:80/tcp', 'web 192.168.1.1:80 sees 192.168.1.254'],
    ['web 203.0.113.10:80/tcp', 'web 192.168.1.1:80 sees 192.168.1.254'],
    ['siteclient 203.0.113.10:80/tcp', 'web 192.168.1.1:80 sees 198.51.100.28'],
    ['host 203.0.113.10:80/tcp', 'web 192.168.1.1:80 sees 203.0.113.10'],
    ['internet [2001:db8:1::10]:80/tcp', 'web fd00:1::1:80 sees 2001:2::1'],
    ['192.0.2.77 203.0.113.10:2222/tcp', 'web 192.168.1.1:22 sees 192.0.2.77'],
    ['internet 203.0.113.10:2222/tcp', 'host 203.0.113.10:2222 sees 198.18.0.1'],
    ['internet 203.0.113.10:50007/udp', 'web 192.168.1.1:60007 sees 198.18.0.1'],
    ['internet 203.0.113.10:8443/tcp', 'host 203.0.113.10:8443 sees 198.18.0.1'],
    ['internet 198.51.100.28:80/tcp', 'siteclient 198.51.100.28:80 sees 198.18.0.1'],
    ['web 192.0.2.9:25/tcp', 'outside 192.0.2.9:25 sees 203.0.113.10'],
    ['siteclient 192.0.2.9:25/tcp', 'outside 192.0.2.9:25 sees 198.51.100.28'],
    ['web [2001:db8:9::9]:25/tcp', 'outside 2001:db8:9::9:25 sees fd00:1::1'],
  ];
  for (const [packet, end] of ends)
    it(`${packet} ends at ${end}`, () => assert.equal(short(send(world, packet, of)), end));

  it('names our rules and their places in the repository', () => {
    const { paths } = send(world, 'internet 203.0.113.10:80/tcp', of);
    const met = paths[0]?.steps.flatMap((step) => (step.kind === 'rule' && step.answer === 'yes' ? [step.rule] : []));
    assert.deepEqual(
      met?.map(({ chain, key, at }) => [chain, key, at?.file]),
      [
        ['PREROUTING', 'natroute', undefined],
        ['NR-DST', 'natroute main', 'x.yaml'],
        ['NR-A-main', 'natroute web main:80/tcp', 'x.yaml'],
        ['POSTROUTING', 'natroute', undefined],
      ],
    );
  });

  it('finds the places of our rules in a table that the kernel saved, and sees which were edited', () => {
    const nat = compileNat(of);
    const chains: Record<string, string[]> = {};
    for (const jump of nat.v4.jumps) chains[jump.chain] = [jump.text];
    for (const chain of nat.v4.chains)
      chains[chain.name] = chain.rules.map(({ text }) => text.replace('192.168.1.1:80', '192.168.1.2:80'));
    const live = traceWorld({
      nat: { v4: parseSave(saved(chains)), v6: empty },
      known: nat,
      host: of.host,
      guests: of.guests,
      now,
    });
    const trace = send(live, 'internet 203.0.113.10:80/tcp', of);
    assert.equal(short(trace), 'mail 192.168.1.2:80 sees 198.18.0.1');
    const rule = trace.paths[0]?.steps.flatMap((step) =>
      step.kind === 'rule' && step.rule.chain === 'NR-A-main' && step.answer === 'yes' ? [step.rule] : [],
    )[0];
    assert.deepEqual([rule?.key, rule?.at?.file, rule?.edited], ['natroute web main:80/tcp', 'x.yaml', true]);
  });

  it('lets a shield and a missing hairpin speak for themselves', () => {
    const closed = ground(forwards, {
      networks: [network('lan', 'br0', ['192.168.1.0/24'], { gateways: { v4: '192.168.1.254' }, hairpin: false })],
    });
    const there = traceWorld({ nat: compileNat(closed), host: closed.host, guests: closed.guests, now });
    assert.equal(short(send(there, 'mail 203.0.113.10:80/tcp', closed)), 'host 203.0.113.10:80 sees 192.168.1.2');
    assert.equal(short(send(there, 'host 203.0.113.10:80/tcp', closed)), 'web 192.168.1.1:80 sees 203.0.113.10');
  });
});

describe('a chain of many rules', () => {
  it('is walked by its index, with the same end as rule by rule, and tells what it passed over', () => {
    const ports = Array.from({ length: 500 }, (_, i) => 1000 + i);
    const rules = ports.map((port) => `-p tcp -m tcp --dport ${port} ${dnat(`192.168.1.1:${port + 1000}`)}`);
    rules.splice(
      250,
      0,
      `-p tcp -m tcp --dport 1240:1300 ${dnat('192.168.1.2')}`,
      `-s 192.0.2.0/24 ${dnat('192.168.1.2:7')}`,
      '-p udp -j ACCEPT',
    );
    const world = worldOf(parseSave(saved({ PREROUTING: rules })));
    const end = (packet: string): string => short(send(world, packet));
    assert.equal(end('internet 203.0.113.10:1007/tcp'), 'web 192.168.1.1:2007 sees 198.18.0.1');
    assert.equal(end('internet 203.0.113.10:1245/tcp'), 'web 192.168.1.1:2245 sees 198.18.0.1');
    assert.equal(end('internet 203.0.113.10:1260/tcp'), 'mail 192.168.1.2:1260 sees 198.18.0.1');
    assert.equal(end('internet 203.0.113.10:1499/tcp'), 'web 192.168.1.1:2499 sees 198.18.0.1');
    assert.equal(end('192.0.2.1 203.0.113.10:1499/tcp'), 'mail 192.168.1.2:7 sees 192.0.2.1');
    assert.equal(end('internet 203.0.113.10:1499/udp'), 'host 203.0.113.10:1499 sees 198.18.0.1');
    const { steps } = send(world, 'internet 203.0.113.10:1499/tcp').paths[0] as Path;
    const told = steps.flatMap((step) =>
      step.kind === 'passed-over'
        ? [`${step.first}-${step.last}`]
        : step.kind === 'rule'
          ? [`${step.rule.index} ${step.answer}`]
          : [],
    );
    assert.deepEqual(told, ['1-251', '252 no', '253-502', '503 yes']);
  });

  it('costs little at 10,000 forwards and 1,000 packets', () => {
    const many = ground(Array.from({ length: 10_000 }, (_, i) => ({ port: 10_000 + i, to: 20_000 })));
    const world = traceWorld({ nat: compileNat(many), host: many.host, guests: many.guests, now });
    const internet = createInternet(many);
    const started = process.cpuUsage();
    for (let i = 0; i < 1000; i++) {
      const to = { ip: '203.0.113.10', port: 10_000 + i * 10, protocol: 'tcp' } as const;
      const packet = packetFrom(world, { kind: 'internet' }, to, internet);
      assert.ok(packet !== null);
      assert.equal(walk(world, packet).paths[0]?.end.kind, 'guest');
    }
    const { user } = process.cpuUsage(started);
    // Rule by rule it would be ten million conditions.
    assert.ok(user < 2_000_000, `${user / 1000} ms`);
  });
});

it('every end has a sentence', () => {
  for (const [, rules, packet] of cases) {
    for (const path of send(worldOf(parseSave(saved(rules))), packet).paths) {
      assert.match(endText(path), /^(reaches|is delivered|leaves by|is dropped|ends where)/);
    }
  }
});
