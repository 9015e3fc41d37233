/**
 * What still has to be told to one receiver, on disk: one file for each alert, and the message that is under way. A
 * message stays the same until it has arrived, so that it can be told apart from a second one; it outlives a restart.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Alert, Message, Receiver } from '../model/alert.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { AlertFiles } from './alert-files.ts';

export interface Outbox {
  /** Unique among receivers; shows what kind it is and nothing secret. */
  readonly name: string;
  add(alert: Alert, at: Date): Promise<void>;
  /** The message to send now: the one under way, or a new one of all that waits; null where nothing does. */
  next(host: string, at: Date): Promise<Message | null>;
  /** Whether there is anything to send. */
  waits(): Promise<boolean>;
  /** It arrived. */
  sent(): Promise<void>;
  /** The receiver does not take it as it is: after a few tries it is dropped. Whether it was. */
  refused(): Promise<boolean>;
}

/** A file of the folder: an alert, or how many were dropped to make room. */
type Waiting = Alert | { readonly droppedAlerts: number };

interface UnderWay {
  readonly message: Message;
  /** The files that it was made of. */
  readonly made: readonly string[];
  readonly refusals: number;
}

export function receiverName(receiver: Receiver): string {
  // What it is told may change without making it another.
  const digest = createHash('sha256')
    .update(JSON.stringify({ ...receiver, events: [] }))
    .digest('hex')
    .slice(0, 8);
  return `${receiver.type}-${digest}`;
}

const underWay = 'sending.json';

export function createOutbox(files: AlertFiles, alerts: string, receiver: Receiver): Outbox {
  const name = receiverName(receiver);
  const folder = `${alerts}/${name}`;

  async function readJson(file: string): Promise<unknown> {
    const bytes = await files.read(`${folder}/${file}`);
    if (bytes === null) return null;
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch (cause) {
      throw new Fault('disk', `${folder}/${file} is not readable as JSON`, {
        help: 'It is an alert that waits to be sent. Move it away to go on without it.',
        cause,
      });
    }
  }
  const write = (file: string, value: unknown): Promise<void> =>
    files.write(`${folder}/${file}`, `${JSON.stringify(value)}\n`);
  const waiting = async (): Promise<readonly string[]> =>
    (await files.list(folder)).filter((file) => file.endsWith('.json') && file !== underWay);

  /** The oldest two become one that only counts. */
  async function makeRoom(names: readonly string[]): Promise<void> {
    const [first, second] = names;
    if (names.length < limits.alertsKept || first === undefined || second === undefined) return;
    const droppedAlerts = droppedIn(await readJson(first)) + droppedIn(await readJson(second));
    await write(first, { droppedAlerts });
    await files.remove(`${folder}/${second}`);
  }

  async function current(): Promise<UnderWay | null> {
    const now = (await readJson(underWay)) as UnderWay | null;
    // Those that a crash left behind are in the message already.
    for (const file of now?.made ?? []) await files.remove(`${folder}/${file}`);
    return now;
  }

  return {
    name,
    async add(alert, at) {
      await makeRoom(await waiting());
      // Names sort by time; two processes may have something to say in one millisecond.
      await write(`${at.toISOString().replaceAll(':', '')}-${randomUUID().slice(0, 8)}.json`, alert);
    },
    async next(host, at) {
      const now = await current();
      if (now !== null) return now.message;
      const made = await waiting();
      const all = ((await Promise.all(made.map(readJson))) as readonly (Waiting | null)[]).filter(
        (one) => one !== null,
      );
      const found = all.filter((one): one is Alert => 'event' in one);
      if (found.length === 0) return null;
      const id = createHash('sha256')
        .update(`${name}\n${made.join('\n')}`)
        .digest('hex')
        .slice(0, 32);
      const dropped = all.reduce((sum, one) => sum + ('event' in one ? 0 : one.droppedAlerts), 0);
      const message: Message = { id, host, at: at.toISOString(), alerts: found, dropped };
      await write(underWay, { message, made, refusals: 0 } satisfies UnderWay);
      for (const file of made) await files.remove(`${folder}/${file}`);
      return message;
    },
    async waits() {
      return (await files.list(folder)).some((file) => file.endsWith('.json'));
    },
    sent: () => files.remove(`${folder}/${underWay}`),
    async refused() {
      const now = await current();
      if (now === null) return false;
      if (now.refusals + 1 < limits.alertRefusals) {
        await write(underWay, { ...now, refusals: now.refusals + 1 });
        return false;
      }
      // The next message says that these never came. The name sorts before all that waits.
      const { alerts: lost, dropped } = now.message;
      await write(now.made[0] ?? '0.json', { droppedAlerts: lost.length + dropped });
      await files.remove(`${folder}/${underWay}`);
      return true;
    },
  };
}

function droppedIn(one: unknown): number {
  return typeof one === 'object' && one !== null && 'droppedAlerts' in one ? Number(one.droppedAlerts) : 1;
}
