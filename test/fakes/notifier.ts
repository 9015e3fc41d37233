/** Receivers that take, refuse, fail or are slow as a test says, and keep what they got by its delivery id. */
import type { Envelope } from '../../src/model/alert.ts';
import type { Notifier } from '../../src/ports.ts';

export interface FakeNotifier extends Notifier {
  /** What arrived, in order; what arrives twice is there twice. */
  readonly got: Envelope[];
  /** Called before a message arrives: throws, or waits. */
  before: ((envelope: Envelope) => void | Promise<void>) | null;
  /** Called after it arrived: the answer gets lost. */
  after: (() => void) | null;
}

export function createFakeNotifier(): FakeNotifier {
  const fake: FakeNotifier = {
    got: [],
    before: null,
    after: null,
    async send(envelope) {
      await fake.before?.(envelope);
      fake.got.push(envelope);
      fake.after?.();
    },
  };
  return fake;
}
