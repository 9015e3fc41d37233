// Promise: against a second writer that edits, flushes, inserts and deletes at random, strangers' rules and ours alike,
// no edit of a stranger's rule is ever lost, also where the number of rules stays; and within one pass after it stops
// everything of ours is right. Both backends; NATROUTE_HOSTILE_SECONDS is how long.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createObserver } from '../../src/engine/observer.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import type { World } from '../../src/engine/world.ts';
import { Fault } from '../../src/model/fault.ts';
import { limits } from '../../src/model/limits.ts';
import { createFakeWorld } from '../fakes/world.ts';
import { stateOfBoth } from '../fakes/reference.ts';
import { createDice, isLongRun, seedOfRun, type Dice } from '../dice.ts';
import { inside, runInside } from './inside.ts';
import { must, openNetfilter, table } from './nat-table.ts';

const { NATROUTE_HOSTILE_SECONDS } = process.env;
const seconds = Number(NATROUTE_HOSTILE_SECONDS ?? (isLongRun ? 60 : 15));
const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const jump = '-m comment --comment natroute -j NR-DST';

function restore(lines: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn('iptables-restore', ['--noflush', '-w', '10'], { stdio: ['pipe', 'ignore', 'ignore'] });
    child.on('close', resolve);
    child.stdin.end(['*nat', ...lines, 'COMMIT', ''].join('\n'));
  });
}

/** What the strangers' rules must be: nobody but this writer changes them, so any other state is a lost edit. */
interface Strangers {
  PREROUTING: string[];
  THEIRS: string[];
}

interface Writer {
  readonly strangers: Strangers;
  edits: number;
  attacks: number;
}

function createDeeds(dice: Dice, writer: Writer): () => Promise<void> {
  const { strangers } = writer;
  let n = 0;
  const rule = (): string => `-m mark --mark 0x${(++n).toString(16)} -j RETURN`;
  const edit = async (lines: readonly string[], done: () => void): Promise<void> => {
    assert.equal(await restore(lines), 0, `a stranger's edit fails on rules that must be there: ${lines.join('; ')}`);
    done();
    writer.edits++;
  };
  // Ours may just be gone or not be there yet: then the attack fails, which is all the same.
  const attack = async (...lines: readonly string[]): Promise<void> => {
    if ((await restore(lines)) === 0) writer.attacks++;
  };
  const chainOf = (): keyof Strangers => (dice.chance(0.5) ? 'PREROUTING' : 'THEIRS');
  const deeds: readonly (() => Promise<void>)[] = [
    () => {
      const [chain, text] = [chainOf(), rule()];
      return edit([`-A ${chain} ${text}`], () => strangers[chain].push(text));
    },
    () => {
      // Ahead of our jump, where it shadows it.
      const [chain, text] = [chainOf(), rule()];
      return edit([`-I ${chain} 1 ${text}`], () => strangers[chain].unshift(text));
    },
    async () => {
      const chain = chainOf();
      const [at, text] = [dice.upTo(strangers[chain].length), rule()];
      const old = strangers[chain][at];
      if (old === undefined) return;
      // The number of rules stays as it was.
      if (chain === 'THEIRS') {
        return edit([`-R ${chain} ${at + 1} ${text}`], () => strangers[chain].splice(at, 1, text));
      }
      await edit([`-D ${chain} ${old}`, `-A ${chain} ${text}`], () => {
        strangers[chain].splice(at, 1);
        strangers[chain].push(text);
      });
    },
    async () => {
      const chain = chainOf();
      const at = dice.upTo(strangers[chain].length);
      const old = strangers[chain][at];
      if (old !== undefined) await edit([`-D ${chain} ${old}`], () => strangers[chain].splice(at, 1));
    },
    () => edit(['-F THEIRS'], () => strangers.THEIRS.splice(0)),
    () => attack('-F NR-A-main'),
    () => attack('-F NR-DST'),
    () => attack('-D NR-A-main 1'),
    () => attack(`-I NR-DST 1 ${rule()}`),
    () => attack('-A NR-A-main -p tcp -m comment --comment "natroute eve main:1/tcp" -j ACCEPT'),
    () => attack(`-D PREROUTING ${jump}`),
    () => attack(`-D PREROUTING ${jump}`, `-A PREROUTING ${jump}`),
    () => attack(`-A PREROUTING ${jump}`),
    () =>
      attack(
        '-R NR-A-main 1 -p tcp -m tcp --dport 80 -m comment --comment "natroute web main:80/tcp" -j DNAT --to-destination 192.168.1.66:80',
      ),
  ];
  return async () => deeds[dice.upTo(deeds.length)]?.();
}

function strangersNow(): Strangers {
  const rulesIn = (name: string): string[] =>
    (table('v4').chains.find((chain) => chain.name === name)?.rules ?? []).map((rule) => rule.text);
  return { PREROUTING: rulesIn('PREROUTING').filter((text) => text !== jump), THEIRS: rulesIn('THEIRS') };
}

async function attackFor(writer: Writer, dice: Dice, until: () => boolean): Promise<void> {
  const deed = createDeeds(dice, writer);
  while (!until()) {
    const burst = 1 + dice.upTo(6);
    for (let i = 0; i < burst; i++) await deed();
    assert.deepEqual(strangersNow(), writer.strangers, 'an edit was lost');
    // Some plans must meet an edit, some must get through.
    await sleep(dice.upTo(800));
  }
}

if (inside === null) {
  describe('a hostile second writer', () => runInside(import.meta.url, seconds + 150));
} else {
  it(`a hostile second writer loses no edit, and in the end all is right, on ${inside}`, async (t) => {
    const seed = seedOfRun();
    t.diagnostic(`seed ${seed}, ${seconds} s`);
    must('v4', '-N', 'THEIRS');
    const fake = createFakeWorld();
    const real = openNetfilter();
    let stale = 0;
    const netfilter = {
      ...fake.netfilter,
      ...real,
      restore: (...args: Parameters<typeof real.restore>) =>
        real.restore(...args).catch((error: unknown) => {
          if (error instanceof Fault && error.code === 'stale-table') stale++;
          throw error;
        }),
    };
    const world: World = { ...fake, netfilter, observer: createObserver({ ...fake, netfilter }) };
    const pass = async (): Promise<string> => {
      // Otherwise our jump would be left where the writer put it: a fight, which has a test of its own.
      fake.clock.advance(limits.jumpMovesSeconds + 1);
      return (await reconcile(world, daemonPass)).outcome;
    };
    fake.mirror.push(stateOfBoth([80, 443]));
    await reconcile(world, { ...daemonPass, approved: (await propose(world, daemonPass)).digest });

    const writer: Writer = { strangers: { PREROUTING: [], THEIRS: [] }, edits: 0, attacks: 0 };
    const counts = new Map<string, number>();
    const end = Date.now() + seconds * 1000;
    // A busy machine may need longer until a plan has met an edit and one has got through.
    const enough = (): boolean =>
      Date.now() > end && ((stale > 0 && counts.has('applied')) || Date.now() > end + 60_000);
    const writing = attackFor(writer, createDice(seed), enough);
    const passing = (async () => {
      for (let round = 0; !enough(); round++) {
        fake.mirror.push(stateOfBoth([80, 443, 8000 + (round % 7)]));
        const outcome = await pass().catch((error: unknown) => {
          if (error instanceof Fault && ['verify-failed', 'stale-table'].includes(error.code)) return error.code;
          throw error;
        });
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      }
    })();
    await Promise.all([writing, passing]);

    assert.ok(['healed', 'applied', 'unchanged'].includes(await pass()), 'one pass is enough once it has stopped');
    assert.equal(await pass(), 'unchanged');
    assert.deepEqual(strangersNow(), writer.strangers);
    t.diagnostic(
      `measured: ${writer.edits} edits of strangers' rules, ${writer.attacks} attacks on ours, ${stale} plans refused as stale, passes: ${JSON.stringify([...counts])}`,
    );
    assert.ok(writer.edits > 10 && writer.attacks > 10 && stale > 0 && (counts.get('applied') ?? 0) > 0);
  });
}
