/** What the kernel's audit trail says of one change of a nat table. */
import type { Family } from './family.ts';
import type { Actor } from './record.ts';

export interface Touch {
  /** The kernel's own time. */
  readonly at: Date;
  readonly family: Family;
  readonly pid: number;
  readonly parentPid: number | null;
  /**
   * The first change of a network namespace, or the one that made its table: never a drift of ours, because drift needs
   * rules that were there before. The trail does not say which namespace a change was in.
   */
  readonly first: boolean;
  readonly actor: Actor;
}
