// Promise: one fault at any call of a pass, of any kind: at once the table is as it was found, as it was last good, or new;
// in the end it is new and nothing else; strangers are untouched, what their owner wrote is kept, and what a rollback holds is held.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { families } from '../../src/model/family.ts';
import { createSimHost, type SimHost } from './host.ts';
import { troubles } from './storm.ts';

interface Scene {
  readonly name: string;
  /** What the pass finds, in calm. */
  readonly before: (host: SimHost) => unknown;
  /** Absent: a pass of the daemon. */
  readonly act?: (host: SimHost) => Promise<unknown>;
  /** What somebody does between it and the next start: there is one only after a crash. */
  readonly between?: (host: SimHost) => void;
}

/** A commit without --take has left the owner's files as they are. */
async function leaveTheirs(host: SimHost): Promise<void> {
  host.scribble('guest');
  host.push([80, 443]);
  await host.pass();
  host.storm.calm();
}

const scenes: readonly Scene[] = [
  { name: 'a commit', before: (host) => host.push([80, 443]) },
  { name: 'a commit that closes', before: (host) => host.push([80]) },
  {
    name: 'a rule deleted by hand',
    before: (host) => {
      for (const family of families) host.meddle(family, '-F NR-A-main');
    },
  },
  {
    name: 'a file and a kernel setting changed by hand',
    before: (host) => {
      host.scribble('file');
      host.scribble('kernel');
    },
  },
  {
    name: 'a rollback',
    async before(host) {
      host.push([80, 25, 993]);
      await host.pass();
      host.storm.calm();
    },
    act: (host) => host.person.rollback(([first]) => first ?? 0),
  },
  {
    name: "a commit in whose way are the owner's files",
    before: (host) => host.push([80, 443]),
    between: (host) => host.scribble('guest'),
  },
  {
    name: "a --take of the owner's files",
    before: leaveTheirs,
    act: (host) => host.person.take(),
  },
  {
    name: 'a --take of files that their owner then writes anew',
    before: leaveTheirs,
    act: (host) => host.person.take(),
    between: (host) => host.scribble('guest'),
  },
  { name: 'a boot', before: (host) => host.boot('strangers') },
  {
    name: 'a commit and a jump deleted by hand',
    before: (host) => {
      host.push([25, 8080]);
      host.meddle('v4', '-D PREROUTING -m comment --comment natroute -j NR-DST');
    },
  },
];

const crashes = ['crashes', 'crashes late'] as const;

describe('one fault in a pass', () => {
  for (const { name, before, act, between: meanwhile } of scenes) {
    for (const trouble of meanwhile === undefined ? troubles : crashes) {
      it(`${name}: a call ${trouble}`, async (t) => {
        let points = 0;
        for (let nth = 0; ; nth++) {
          const host = await createSimHost([80, 25]);
          const good = host.tables();
          await before(host);
          const old = host.tables();
          host.storm.intrude = () => host.stranger([`-A POSTROUTING -s 198.51.100.${nth % 250} -j RETURN`]);
          host.storm.choose = (n) => (n === nth ? trouble : null);
          await (act === undefined ? host.pass() : act(host));
          const calls = host.storm.calm();
          const between = host.tables();
          meanwhile?.(host);
          try {
            await host.settle();
          } catch (error) {
            throw new Error(`call ${nth} (${calls[nth] ?? '-'}) ${trouble}: ${String(error)}`, { cause: error });
          }
          if (trouble !== 'is overtaken')
            for (const family of families)
              assert.ok(
                [old, good, host.tables()].some((tables) => between[family] === tables[family]),
                `call ${nth} (${calls[nth] ?? '-'}) ${trouble}: neither old, nor the last good, nor new`,
              );
          if (calls.length <= nth) break;
          points += 1;
        }
        t.diagnostic(`${points} calls`);
        assert.ok(points > 15, `only ${points} calls`);
      });
    }
  }
});
