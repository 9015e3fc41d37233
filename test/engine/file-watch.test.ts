// Promise: a watch that is stopped stays stopped, also where a pass that was still in hand asks for it again.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createFileWatch } from '../../src/engine/file-watch.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { stateWith } from '../fakes/reference.ts';
import { createFakeWorld } from '../fakes/world.ts';

it('a stopped file watch begins no other', async () => {
  const world = createFakeWorld();
  world.mirror.push(stateWith([80]));
  const request: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
  await reconcile(world, { ...request, approved: (await propose(world, request)).digest });
  let open = 0;
  const start = async (): Promise<{ stop(): Promise<void> }> => {
    await Promise.resolve();
    open += 1;
    return { stop: () => Promise.resolve(void (open -= 1)) };
  };
  const hints = (): void => undefined;
  const watch = createFileWatch(world, { start }, hints);
  await watch.follow();
  assert.equal(open, 1);
  // One that begins while it is stopped, and one that comes later.
  const other = createFileWatch(world, { start }, hints);
  await Promise.all([other.follow(), other.stop()]);
  await other.follow();
  assert.equal(open, 1);
  await watch.stop();
  await watch.follow();
  assert.equal(open, 0);
});
