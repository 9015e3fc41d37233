// Promise: one fault at any call of a pass, of any kind: at once the table is as it was found, as it was last good, or new;
// in the end it is new and nothing else; strangers are untouched.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { families } from '../../src/model/family.ts';
import { createSimHost, type SimHost } from './host.ts';
import { troubles } from './storm.ts';

interface Scene {
  readonly name: string;
  /** What the pass finds. */
  readonly before: (host: SimHost) => void;
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
  { name: 'a boot', before: (host) => host.boot('strangers') },
  {
    name: 'a commit and a jump deleted by hand',
    before: (host) => {
      host.push([25, 8080]);
      host.meddle('v4', '-D PREROUTING -m comment --comment natroute -j NR-DST');
    },
  },
];

describe('one fault in a pass', () => {
  for (const { name, before } of scenes) {
    for (const trouble of troubles) {
      it(`${name}: a call ${trouble}`, async (t) => {
        let points = 0;
        for (let nth = 0; ; nth++) {
          const host = await createSimHost([80, 25]);
          const good = host.tables();
          before(host);
          const old = host.tables();
          host.storm.intrude = () => host.stranger([`-A POSTROUTING -s 198.51.100.${nth % 250} -j RETURN`]);
          host.storm.choose = (n) => (n === nth ? trouble : null);
          await host.pass();
          const calls = host.storm.calm();
          const between = host.tables();
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
