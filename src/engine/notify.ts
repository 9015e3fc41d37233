/**
 * Sends what waits in the outboxes: a lane for each receiver, so that one that hangs delays nobody else, with growing
 * pauses while it fails and a limit on how often it is told something.
 */
import { randomUUID } from 'node:crypto';
import { testAlert } from '../core/alert/alerts.ts';
import { envelopeOf } from '../core/alert/envelope.ts';
import { fullThrottle, takeTurn, type Throttle } from '../core/alert/throttle.ts';
import type { Receiver } from '../model/alert.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import { createLane, type Lane, type LaneState } from './lane.ts';
import { createOutbox, receiverName, type Outbox } from './outbox.ts';
import type { World } from './world.ts';

export interface NotifyLanes {
  wake(): void;
  stop(): Promise<void>;
  states(): readonly { readonly receiver: string; readonly state: LaneState }[];
}

export function createNotifyLanes(world: World, log: (line: string) => void): NotifyLanes {
  const stopping = new AbortController();
  const lanes = world.config.notify.map((receiver): { readonly receiver: string; readonly lane: Lane } => {
    let throttle = fullThrottle(world.clock.uptime());
    const outbox = createOutbox(world.alertFiles, world.paths.alerts, receiver);
    const work = async (): Promise<void> => {
      const { left, waitSeconds } = await sendWaiting(world, { receiver, outbox, log }, throttle);
      throttle = left;
      if (waitSeconds !== null)
        void world.clock.sleep(waitSeconds, stopping.signal).then(() => {
          if (!stopping.signal.aborted) lane.wake();
        });
    };
    const failed = (error: unknown, retrySeconds: number): void =>
      log(`alert by ${receiver.type} failed: ${shortly(error)}; again in ${retrySeconds} s`);
    const lane = createLane(work, { clock: world.clock, failed });
    return { receiver: outbox.name, lane };
  });
  return {
    // One that fails has a pause of its own, which news do not cut short.
    wake: () => lanes.filter(({ lane }) => lane.state().failures === 0).forEach(({ lane }) => lane.wake()),
    async stop() {
      stopping.abort();
      await Promise.all(lanes.map(({ lane }) => lane.stop()));
    },
    states: () => lanes.map(({ receiver, lane }) => ({ receiver, state: lane.state() })),
  };
}

interface Sending {
  readonly receiver: Receiver;
  readonly outbox: Outbox;
  readonly log: (line: string) => void;
}

/** Sends until nothing waits or the receiver has had enough for now. Faults: those of the port. */
async function sendWaiting(
  world: World,
  { receiver, outbox, log }: Sending,
  throttle: Throttle,
): Promise<{ readonly left: Throttle; readonly waitSeconds: number | null }> {
  if (!(await outbox.waits())) return { left: throttle, waitSeconds: null };
  const lock = await world.locks.acquire(`alerts-${outbox.name}`, limits.alertLockWaitSeconds);
  try {
    for (let left = throttle; ;) {
      const turn = takeTurn(left, world.clock.uptime());
      // While it may not be told, what comes is gathered for one message.
      if (turn.next === null) return { left, waitSeconds: (await outbox.waits()) ? turn.waitSeconds : null };
      const message = await outbox.next(world.config.host, world.clock.now());
      if (message === null) return { left, waitSeconds: null };
      await deliver(world, { receiver, outbox, log }, message);
      left = turn.next;
    }
  } finally {
    await lock.release();
  }
}

async function deliver(
  world: World,
  { receiver, outbox, log }: Sending,
  message: NonNullable<Awaited<ReturnType<Outbox['next']>>>,
): Promise<void> {
  try {
    await world.notifier.send(envelopeOf(receiver, message));
    await outbox.sent();
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'alert-refused' || !(await outbox.refused())) throw error;
    log(`alert by ${receiver.type} dropped: ${error.message}`);
  }
}

export interface Delivery {
  readonly receiver: string;
  readonly type: Receiver['type'];
  /** Null: all that waited has arrived. */
  readonly problem: string | null;
  readonly help: string | null;
}

/** What waits, in one try for each receiver, side by side: for commands that run where no daemon does. */
export async function sendOnce(world: World, log: (line: string) => void): Promise<readonly Delivery[]> {
  return tryEach(world, async (receiver) => {
    const outbox = createOutbox(world.alertFiles, world.paths.alerts, receiver);
    await sendWaiting(world, { receiver, outbox, log }, fullThrottle(world.clock.uptime()));
  });
}

/** A test alert to everybody, past all queues. */
export async function sendTest(world: World): Promise<readonly Delivery[]> {
  const at = world.clock.now().toISOString();
  const id = randomUUID().replaceAll('-', '');
  const message = { id, host: world.config.host, at, alerts: [testAlert(at)], dropped: 0 };
  return tryEach(world, (receiver) => world.notifier.send(envelopeOf(receiver, message)));
}

function tryEach(world: World, send: (receiver: Receiver) => Promise<void>): Promise<readonly Delivery[]> {
  return Promise.all(
    world.config.notify.map(async (receiver): Promise<Delivery> => {
      const ended = { receiver: receiverName(receiver), type: receiver.type };
      try {
        await send(receiver);
        return { ...ended, problem: null, help: null };
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        return { ...ended, problem: error.message, help: error.detail.help ?? null };
      }
    }),
  );
}

function shortly(error: unknown): string {
  if (!(error instanceof Fault)) return error instanceof Error ? error.message : String(error);
  return error.detail.help === undefined ? error.message : `${error.message} - ${error.detail.help}`;
}
