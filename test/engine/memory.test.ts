// Promise: what one process remembers is not forgotten by another that notes something at the same moment, however slow the disk.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tellGap } from '../../src/engine/alerts.ts';
import { propose } from '../../src/engine/propose.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import { suspend } from '../../src/engine/suspend.ts';
import { createRemembering } from '../../src/engine/telling.ts';
import { createFakeLocks } from '../fakes/locks.ts';
import { stateWith } from '../fakes/reference.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };

async function byPerson(world: FakeWorld, request: Partial<PassRequest> = {}): Promise<PassReport> {
  const asked = { ...daemonPass, ...request };
  return reconcile(world, { ...asked, approved: (await propose(world, asked)).digest });
}

interface Host {
  readonly daemon: FakeWorld;
  readonly command: FakeWorld;
  readonly report: PassReport;
  /** The next write of what is remembered is under way; it ends when it is let go. */
  readonly slowly: () => { readonly begun: Promise<void>; readonly letGo: () => void };
}

/** Generation 2 is in force; the daemon and a command share the disk and the locks. */
async function twoProcesses(): Promise<Host> {
  let slow: { readonly begin: () => void; readonly end: Promise<void> } | null = null;
  const world = createFakeWorld({
    through: (name, port) =>
      name !== 'files'
        ? port
        : new Proxy(port, {
            get(target, key) {
              const value: unknown = Reflect.get(target, key);
              if (key !== 'write') return value;
              return async (...args: unknown[]) => {
                const wait = slow;
                if (wait !== null && args[0] === world.paths.memory) {
                  slow = null;
                  wait.begin();
                  await wait.end;
                }
                return (value as (...all: unknown[]) => Promise<void>).apply(target, args);
              };
            },
          }),
  });
  const locks = createFakeLocks();
  const [daemon, command] = [
    { ...world, locks },
    { ...world.restart(), locks },
  ];
  world.mirror.push(stateWith([80]));
  await byPerson(daemon);
  world.mirror.push(stateWith([80, 25]));
  const report = await reconcile(daemon, daemonPass);
  const slowly = (): ReturnType<Host['slowly']> => {
    let letGo = (): void => undefined;
    const begun = new Promise<void>((begin) => {
      slow = {
        begin,
        end: new Promise((end) => {
          letGo = end;
        }),
      };
    });
    return { begun, letGo: () => letGo() };
  };
  return { daemon, command, report, slowly };
}

describe('two processes that remember something at the same moment', () => {
  const notes: readonly (readonly [what: string, note: (host: Host) => Promise<unknown>])[] = [
    ['its last pass', ({ daemon, report }) => createRemembering(daemon)(report, true)],
    ['that it told of a gap', ({ daemon }) => tellGap(daemon, () => undefined)],
  ];
  for (const [what, note] of notes) {
    const meanwhile = async (act: (command: FakeWorld) => Promise<unknown>): Promise<FakeWorld> => {
      const host = await twoProcesses();
      await host.daemon.memory.update({ ledgerGap: { at: '2026-11-22T12:00:00Z', text: 'gone', told: false } });
      const { begun, letGo } = host.slowly();
      const noting = note(host);
      await begun;
      const acting = act(host.command);
      // Whoever does not wait for the lock is done by then.
      await new Promise((resolve) => setTimeout(resolve, 50));
      letGo();
      await Promise.all([noting, acting]);
      return host.command;
    };

    it(`keeps what a rollback holds while the daemon notes ${what}`, async () => {
      const world = await meanwhile((command) => byPerson(command, { source: { kind: 'generation', number: 1 } }));
      assert.match((await world.memory.read()).held?.reason ?? '', /^rolled back to generation 1; /);
      assert.equal((await reconcile(world, daemonPass)).outcome, 'held');
    });

    it(`keeps a suspension that begins while the daemon notes ${what}`, async () => {
      const world = await meanwhile((command) => suspend(command, { reason: 'a test', seconds: 600, only: null }));
      assert.equal((await world.memory.read()).suspensions.length, 1);
    });
  }
});
