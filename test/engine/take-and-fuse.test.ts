// Promise: who takes over an owner's rules is told before they say yes when those come back, if nobody confirms it; and then they do.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wayBackNotes } from '../../src/core/confirm/words.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassRequest } from '../../src/engine/request.ts';
import { burnFuse } from '../fakes/fuse.ts';
import { stateWith } from '../fakes/reference.ts';
import { createFakeWorld } from '../fakes/world.ts';

const owners = '-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.1.1:80';
const confirm = 'confirm: {within: 60s, probes: [{inbound: 22/tcp}]}\n';

describe('a take that must be confirmed', () => {
  it('says when what it takes comes back, and brings it back', async () => {
    const world = createFakeWorld({ more: confirm });
    world.netfilter.byHand('v4', [owners]);
    world.mirror.push(stateWith([80]));
    const request: PassRequest = { source: { kind: 'trusted' }, take: true, approved: null, byHand: true };
    const proposal = await propose(world, request);
    const notes = wayBackNotes(proposal, 60).join('\n');
    assert.match(notes, /it goes back by itself unless it is confirmed within 60 s/);
    assert.match(notes, /the 1 rule that --take moves comes back with the rest; .* only once it starts again/);
    await reconcile(world, { ...request, approved: proposal.digest });
    assert.ok(!world.netfilter.text('v4').includes(owners));
    world.clock.advance(100);
    assert.ok(await burnFuse(world, 1));
    assert.ok(!world.netfilter.text('v4').includes(owners), 'a stranger is not touched by the fuse');
    const next = world.restart();
    await reconcile(next, { source: { kind: 'trusted' }, take: false, approved: null });
    assert.ok(next.netfilter.text('v4').includes(owners));
  });

  it('says nothing of rules where it takes none', async () => {
    const world = createFakeWorld({ more: confirm });
    world.mirror.push(stateWith([80]));
    const proposal = await propose(world, { source: { kind: 'trusted' }, take: true, approved: null });
    assert.doesNotMatch(wayBackNotes(proposal, 60).join('\n'), /--take/);
  });
});
