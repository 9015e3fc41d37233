// Promise: no two generations of a host have the same number, however long ago the newest one was taken back.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { vouch } from '../../src/engine/settle.ts';
import { giveUp, watchConfirmation } from '../../src/engine/watch.ts';
import { stateWith } from '../fakes/reference.ts';
import { createFakeWorld } from '../fakes/world.ts';
import { withoutOurs } from '../sim/parts.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const secondsOfAYear = 31_536_000;

describe("a generation's number", () => {
  it('is not given again where a boot puts back what is in force, a year after another was taken back', async () => {
    const before = createFakeWorld({ more: 'confirm: {within: 60s, probes: [{inbound: 22/tcp}]}\n' });
    before.mirror.push(stateWith([80]));
    await reconcile(before, { ...daemonPass, approved: (await propose(before, daemonPass)).digest });
    await vouch(before, { connection: null });
    await watchConfirmation(before, new AbortController().signal, () => undefined);
    before.mirror.push(stateWith([80, 443]));
    await reconcile(before, daemonPass);
    await giveUp(before);
    assert.equal((await before.generations.current())?.number, 1);

    before.clock.advance(secondsOfAYear);
    const world = { ...before.restart(), bootId: 'boot-2' };
    world.netfilter.byHand('v4', withoutOurs(world.netfilter.table('v4')));
    await reconcile(world, daemonPass);
    world.mirror.push(stateWith([80, 993]));
    assert.equal((await reconcile(world, daemonPass)).generation, 3);
  });
});
