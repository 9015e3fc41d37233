/** What a pass is asked to do, and what came of it. */
import type { Leaving } from '../core/drift/leave.ts';
import type { Tracked } from '../core/drift/track.ts';
import type { Fight } from '../core/fight.ts';
import type { DriftItem, Suspension } from '../model/drift.ts';
import type { Drift, Plan } from '../model/change.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Family } from '../model/family.ts';
import type { NatTable } from '../model/nat.ts';
import type { Cause, CommitFacts, Outcome } from '../model/record.ts';
import type { Target } from '../model/target.ts';
import type { Generation } from './generations.ts';

export type Source =
  /** The generation in force: what drift is healed to while a new commit waits. */
  | { readonly kind: 'applied' }
  /** The head of the branch, as last fetched and trusted. */
  | { readonly kind: 'trusted' }
  | { readonly kind: 'commit'; readonly revision: string }
  | { readonly kind: 'folder'; readonly folder: string }
  /** The network of an earlier generation; the guests stay as they are in force. */
  | { readonly kind: 'generation'; readonly number: number };

export interface PassRequest {
  readonly source: Source;
  /** Delete the owner's old rules that this commit itself expresses. */
  readonly take: boolean;
  /** A person has seen the plan with this digest and said yes; null for the daemon. */
  readonly approved: string | null;
  /** They approve what waits for them. */
  readonly approves?: boolean;
  /** A person asks: what the policy or a pause would leave is put right too. */
  readonly byHand?: boolean;
  /** Called when drift is right again, read back, while that is still to be written down. */
  readonly onHealed?: (healed: Told) => Promise<unknown>;
}

/** What an alert says of a pass that put something right. */
export type Told = Pick<PassReport, 'at' | 'outcome' | 'proposal' | 'text'>;

/** Everything that a pass found out before it changes anything: read-only, and what `natroute plan` shows. */
export interface Proposal {
  /** The commit asked for; null for a folder or where nothing was fetched yet. */
  readonly commit: CommitFacts | null;
  readonly diagnostics: readonly Diagnostic[];
  /** What the source asks for; null where it has errors or nothing was fetched yet. */
  readonly target: Target | null;
  /** Whether the source is another than the generation in force, so that applying it makes a new one. */
  readonly fresh: boolean;
  /** The earlier generation whose network the source is; null for any other source. */
  readonly restores: number | null;
  readonly applied: Generation | null;
  /** Just before the look, so that whoever was seen until then is accounted for. */
  readonly observedAt: Date;
  readonly observed: Readonly<Record<Family, NatTable>>;
  /** Whether that look is one from before, which nobody was seen to make old. */
  readonly kept: boolean;
  /** False where nft was not asked for what iptables does not show: another pass shall follow at once. */
  readonly whole: boolean;
  readonly drift: Drift;
  /** The drift that is there, each with what is done about it. */
  readonly items: readonly DriftItem[];
  readonly tracked: Tracked;
  /** Those that last. */
  readonly suspensions: readonly Suspension[];
  /** What this plan leaves as somebody made it. */
  readonly leaving: Leaving;
  readonly plan: Plan;
  /** What of it touches the way in to the host itself, one sentence each: such a change must be confirmed. */
  readonly wayIn: readonly string[];
  /** Whether what it changes must be confirmed: for the way in, or because the local config asks for it. */
  readonly mustConfirm: boolean;
  /** Where another program insists on being first. */
  readonly fights: readonly Fight[];
  /** Of the exact texts that would be handed to the kernel and the tables that they were made for. */
  readonly digest: string;
}

export interface PassReport {
  readonly at: string;
  readonly outcome: Outcome | 'unchanged' | 'waiting' | 'held' | 'rejected' | 'quarantined';
  readonly cause: Cause | null;
  readonly proposal: Proposal;
  readonly generation: number | null;
  /** One sentence for a person. */
  readonly text: string;
}

/** The last pass that found nothing to do, and all that it hung on. */
export interface Quiet {
  readonly report: PassReport;
  readonly circumstances: string;
  /** Milliseconds since 1970: from then on time itself asks for a pass. */
  readonly until: number;
}
