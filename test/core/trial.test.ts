// Promise: a real packet that ends elsewhere than its walk is an error with a place; each check and each forward is tried.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileNat } from '../../src/core/nat/compile.ts';
import { judgeTrial, planTrial, trialProblems, type Trial, type TrialResult } from '../../src/core/trial.ts';
import { plain } from '../../src/core/views/paint.ts';
import { trialText } from '../../src/core/views/trial.ts';
import { limits } from '../../src/model/limits.ts';
import type { Desired } from '../../src/model/desired.ts';
import type { Observation } from '../../src/model/packets.ts';
import { address, desired, guest, host, network, routedGuest, type ShortForward } from './nat-fixture.ts';

const now = new Date('2026-06-01T12:00:00Z');

function stateWith(forwards: readonly ShortForward[], more: Partial<Desired> = {}): Desired {
  const of = host(
    [
      address('main', '203.0.113.10', { prefixes: { v4: 24 } }),
      address('failover', '198.51.100.28', { carriedBy: 'site' }),
    ],
    [network('lan', 'br0', ['192.168.1.0/24'], { gateways: { v4: '192.168.1.254' } })],
  );
  return { ...desired(of, [routedGuest('site', 'failover'), guest('web', '192.168.1.1', forwards)]), ...more };
}

function plan(of: Desired): Trial {
  return planTrial(of, compileNat(of), now);
}

/** What the kernel would have to show for the walk to be right. */
function asWalked(trial: Trial): Observation[][] {
  const rounds: Observation[][] = trial.stage.rounds.map(() => []);
  for (const [i, { trace }] of trial.attempts.entries()) {
    const seat = trial.seats[i];
    const path = trace.paths[0];
    if (seat?.kind !== 'shot' || path === undefined) continue;
    const { end, sender } = path;
    const place = end.kind === 'guest' ? `g-${end.guest}` : end.kind;
    const row = rounds[seat.round];
    assert.ok(row !== undefined);
    row[seat.index] =
      'port' in end && end.kind !== 'nobody'
        ? { kind: 'answered', by: place, ip: end.ip, port: end.port, sender: sender ?? '' }
        : { kind: 'silent' };
  }
  return rounds;
}

function ends(results: readonly TrialResult[]): readonly string[] {
  return results.map(
    ({ about, trace, agrees, skipped }) =>
      `${about} ${trace.packet.source}:${trace.packet.port} ${agrees ?? skipped ?? ''}`,
  );
}

describe('planTrial', () => {
  it('tries each forward at its first and last port, from whom it is for', () => {
    const trial = plan(
      stateWith([
        { port: 80 },
        { port: [1000, 1009], from: ['192.0.2.0/24', '192.168.1.0/24'] },
        { port: 53, protocol: 'sctp' },
      ]),
    );
    assert.deepEqual(ends(judgeTrial(trial, asWalked(trial))), [
      'forward web main:80/tcp 198.18.0.1:80 true',
      'forward web main:1000-1009/tcp from 192.0.2.0/24 192.0.2.1:1000 true',
      'forward web main:1000-1009/tcp from 192.0.2.0/24 192.0.2.1:1009 true',
      'forward web main:1000-1009/tcp from 192.168.1.0/24 192.168.1.1:1000 true',
      'forward web main:1000-1009/tcp from 192.168.1.0/24 192.168.1.1:1009 true',
      'forward web main:53/sctp 198.18.0.1:53 sctp: natroute cannot send it, only its rule is proven',
    ]);
  });

  it('tries each check', () => {
    const at = { file: 'checks.yaml', line: 2, column: 5 };
    const to = { name: 'failover', ip: '198.51.100.28', port: 80, protocol: 'tcp' } as const;
    const checks: Desired['checks'] = [
      { from: { kind: 'internet' }, to, expect: { kind: 'reaches-guest', guest: 'site', port: 80 }, at },
    ];
    const trial = plan(stateWith([], { checks }));
    assert.deepEqual(ends(judgeTrial(trial, asWalked(trial))), [
      'check internet to failover:80/tcp 198.18.0.1:80 true',
    ]);
  });

  it('sends no more at once than it may, from few guests at a time', () => {
    const guests = Array.from({ length: 30 }, (_, i) =>
      guest(
        `g${i}`,
        `192.168.1.${i + 1}`,
        Array.from({ length: 40 }, (_, j) => ({ port: 1000 + i * 40 + j })),
      ),
    );
    const of = { ...stateWith([]), guests };
    const trial = plan(of);
    assert.equal(trial.attempts.length, 1200);
    assert.equal(trial.stage.rounds.flatMap(({ shots }) => shots).length, 1200);
    for (const { shots, services } of trial.stage.rounds) {
      assert.ok(shots.length <= limits.packetsPerRound);
      assert.ok(Object.keys(services).filter((place) => place.startsWith('g-')).length <= limits.packetGuestsAtOnce);
    }
    assert.equal(trial.stage.rounds.filter(({ tables }) => tables !== null).length, 1);
  });
});

describe('judgeTrial', () => {
  const trial = plan(stateWith([{ port: 80 }, { port: 443 }]));
  const wrong: readonly (readonly [what: string, seen: Observation, told: RegExp])[] = [
    [
      'another guest',
      { kind: 'answered', by: 'g-site', ip: '192.168.1.1', port: 80, sender: '198.18.0.1' },
      /site answered at 192\.168\.1\.1:80, and saw 198\.18\.0\.1/,
    ],
    [
      'another port',
      { kind: 'answered', by: 'g-web', ip: '192.168.1.1', port: 81, sender: '198.18.0.1' },
      /web answered at 192\.168\.1\.1:81/,
    ],
    [
      'another IP',
      { kind: 'answered', by: 'g-web', ip: '192.168.1.2', port: 80, sender: '198.18.0.1' },
      /at 192\.168\.1\.2:80/,
    ],
    [
      'another sender',
      { kind: 'answered', by: 'g-web', ip: '192.168.1.1', port: 80, sender: '192.168.1.254' },
      /and saw 192\.168\.1\.254/,
    ],
    [
      'the host',
      { kind: 'answered', by: 'host', ip: '203.0.113.10', port: 80, sender: '198.18.0.1' },
      /the host answered/,
    ],
    ['silence', { kind: 'silent' }, /nobody answered/],
    ['a refusal', { kind: 'refused' }, /was refused/],
    ['no way', { kind: 'unreachable' }, /no way to it/],
  ];
  for (const [what, seen, told] of wrong) {
    it(`calls ${what} a difference`, () => {
      const rounds = asWalked(trial);
      const row = rounds[0];
      assert.ok(row !== undefined);
      row[0] = seen;
      const results = judgeTrial(trial, rounds);
      const [problem, ...others] = trialProblems(results);
      assert.deepEqual(others, []);
      assert.equal(problem?.code, 'packets-differ');
      assert.equal(problem.severity, 'error');
      assert.match(problem.message, told);
      assert.match(problem.detail?.join('\n') ?? '', /DNAT to 192\.168\.1\.1:80/);
      const text = trialText(results, plain);
      assert.match(
        text,
        /\n!! forward web main:80\/tcp: .*\n {5}the packet: .*\n {5}natroute: {3}it reaches guest web at 192\.168\.1\.1:80/,
      );
      assert.match(text, /packets: 2 real packets sent, 1 ended where natroute says\n$/);
    });
  }
  it('calls a packet that could not be sent no proof', () => {
    const rounds = asWalked(trial);
    const row = rounds[0];
    assert.ok(row !== undefined);
    row[0] = { kind: 'unsent', why: 'no buffer' };
    const results = judgeTrial(trial, rounds);
    assert.deepEqual(trialProblems(results), []);
    assert.match(
      trialText(results, plain),
      /\n\? {2}forward web main:80\/tcp: .*: not sent: no buffer.*\n(.*\n)*packets: 1 real packet sent, 1 ended where natroute says, 1 not sent\n$/,
    );
  });
});
