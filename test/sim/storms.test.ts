// Promise: through any weather of faults, crashes, commits, confirmations, fuses, hands and other programs the strangers' rules stay as they are,
// what an owner wrote into files is kept, a rollback holds commits,
// and once it is calm the host is what the last commit says, however it came there.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ForwardKey } from '../../src/model/drift.ts';
import { families } from '../../src/model/family.ts';
import { confirmLine, createSimHost, type SimHost } from './host.ts';
import { createDice, isLongRun, seedOfRun, type Dice } from '../dice.ts';
import type { Refusal } from './kernel.ts';
import { troubles } from './storm.ts';

const bounds = isLongRun ? { passes: 100_000, seconds: Infinity } : { passes: 6000, seconds: 60 };
const stepsOfStorm = 25;
const allPorts = [25, 80, 443, 993, 2222, 8080];

const policies = ['', '', 'policy: {drift: report}\n', 'policy: {commits: hold}\n'];

/** Something happens; whether it was a pass. */
async function step(host: SimHost, dice: Dice): Promise<boolean> {
  const family = dice.one(families);
  const port = dice.one(allPorts);
  switch (dice.upTo(34)) {
    case 0:
      host.push(allPorts.filter(() => dice.chance(0.5)));
      return false;
    case 1:
      strangerComes(host, dice);
      return false;
    case 2:
      host.meddle(family, dice.one(['-F NR-A-main', '-F NR-DST', '-F NR-SRC']));
      return false;
    case 3:
      host.meddle(
        family,
        `-A NR-A-main -p tcp -m tcp --dport ${port} -j DNAT --to-destination ${family === 'v4' ? '192.168.1.9' : '[fd00:1::9]'}:${port}`,
      );
      return false;
    case 4:
      host.meddle(family, '-D PREROUTING -m comment --comment natroute -j NR-DST');
      return false;
    case 5:
      host.meddle(family, '-A POSTROUTING -m comment --comment natroute -j NR-SRC');
      return false;
    case 6:
      host.restart();
      return false;
    case 7:
      if (dice.chance(0.2)) setClock(host, dice);
      else host.world().clock.advance(dice.upTo(4000));
      await host.burn();
      return false;
    case 8:
      host.boot(dice.one(['ours', 'strangers']));
      return false;
    case 9:
      host.pushBad();
      return false;
    case 11:
      host.scribble(dice.one(['file', 'no file', 'kernel', 'guest']));
      return false;
    case 12:
      await host.comeIn();
      return false;
    case 13:
    case 14:
      await through(host, dice, () => host.watch());
      return false;
    case 15:
      await type(host, dice, () => host.person.giveUp());
      return false;
    case 16:
      if (dice.chance(0.5)) return false;
      await type(host, dice, () => host.person.take());
      return true;
    case 17:
      host.refuse(dice.chance(0.5) ? null : refusalOf(dice));
      return false;
    case 18:
      await type(host, dice, () => host.person.suspend(forwardOf(dice), dice.upTo(8000)));
      return false;
    case 19:
      await type(host, dice, () => host.person.resume(forwardOf(dice)));
      return false;
    case 20:
      await type(host, dice, () => host.person.vouch());
      return false;
    case 21:
      await type(host, dice, () => host.person.approve());
      return true;
    case 22:
      if (dice.chance(0.5)) return false;
      await type(host, dice, () => host.person.unload());
      return true;
    case 10:
      await type(host, dice, () => host.person.rollback((good) => dice.one(good)));
      return true;
    default:
      await through(host, dice, () => host.pass());
      return true;
  }
}

/** A person types, now and then while the daemon is at work. */
async function type(host: SimHost, dice: Dice, work: () => Promise<unknown>): Promise<void> {
  const alone = dice.chance(0.6);
  await through(host, dice, () => {
    if (alone) return work();
    host.storm.turns = () => dice.one([0, 0, 1, 10, 40]);
    return host.beside(work);
  });
}

/** More or less trouble; who dies of it is started again. */
async function through(host: SimHost, dice: Dice, work: () => Promise<unknown>): Promise<void> {
  const share = dice.one([0, 0.01, 0.05, 0.2]);
  host.storm.intrude = () => comesBetween(host, dice);
  host.storm.choose = () => (dice.chance(share) ? dice.one(troubles) : null);
  await work();
  if (host.storm.dead()) host.restart();
  host.storm.calm();
  await host.burn();
}

/** In the middle of a pass. */
function comesBetween(host: SimHost, dice: Dice): void {
  switch (dice.upTo(5)) {
    case 0:
      return host.scribble('guest');
    case 1:
      return setClock(host, dice);
    default:
      return strangerComes(host, dice);
  }
}

function setClock(host: SimHost, dice: Dice): void {
  host.setClock(dice.one([-1, 1]) * dice.one([60, 31_536_000]));
}

/** One forward, or everything. */
function forwardOf(dice: Dice): ForwardKey | null {
  const port = dice.one(allPorts);
  return dice.chance(0.5) ? null : { address: 'main', ports: { first: port, last: port }, protocol: 'tcp' };
}

function refusalOf(dice: Dice): Refusal {
  const some = dice.one([families, families, [dice.one(families)]]);
  return { port: dice.one(allPorts), families: some, early: dice.chance(0.3) };
}

function strangerComes(host: SimHost, dice: Dice): void {
  const rule = `-s 198.51.100.${dice.upTo(8)}/32 -j RETURN`;
  const chain = dice.one(['PREROUTING', 'POSTROUTING', 'OUTPUT', 'DOCKER']);
  host.stranger([dice.chance(0.3) ? `-I ${chain} 1 ${rule}` : `-A ${chain} ${rule}`]);
}

/** How changes that had to be confirmed ended: proof that it was tried at all. */
const ends = { 'confirmed': 0, 'rolled-back': 0, 'fuse': 0 };

async function storm(seed: number): Promise<number> {
  const dice = createDice(seed);
  // Every other host has each change confirmed.
  const confirm = seed % 2 === 0 ? confirmLine : '';
  const host = await createSimHost([80, 25], confirm + (policies[(seed >> 1) % policies.length] ?? ''));
  host.world().calmFiles.order = (entries) => dice.shuffled(entries);
  let passes = 0;
  for (let n = 0; n < stepsOfStorm; n++) if (await step(host, dice)) passes += 1;
  await host.settle();
  for (const { outcome, cause, reason } of host.world().ledger.records) {
    if (outcome === 'confirmed') ends.confirmed += 1;
    if (outcome === 'rolled-back' && cause === 'rollback') ends['rolled-back'] += 1;
    if (reason?.includes('the fuse put the rules back') === true) ends.fuse += 1;
  }
  return passes;
}

describe('storms', () => {
  it('end where the last commit says, with the strangers untouched', async (t) => {
    const first = seedOfRun();
    const endMs = performance.now() + bounds.seconds * 1000;
    let passes = 0;
    let seed = first;
    for (; passes < bounds.passes && performance.now() < endMs; seed++) {
      try {
        passes += await storm(seed);
      } catch (error) {
        throw new Error(`NATROUTE_SEED=${seed} replays it: ${String(error)}`, { cause: error });
      }
    }
    t.diagnostic(`${seed - first} storms, ${passes} passes in them, seeds from ${first}`);
    t.diagnostic(`ends of changes to be confirmed: ${JSON.stringify(ends)}`);
    assert.ok(passes > 0);
    assert.ok(
      Object.values(ends).every((count) => count > 0),
      JSON.stringify(ends),
    );
  });
});
