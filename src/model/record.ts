/** One entry of the ledger: what a pass found or changed, why, and what is true afterwards. */
import type { Change, Impact } from './change.ts';
import type { Guest, Host } from './desired.ts';
import type { Family } from './family.ts';
import type { FileSwap, SysctlSwap } from './file.ts';
import type { Counters } from './nat.ts';

export type Cause =
  | 'push'
  | 'drift'
  | 'heal'
  | 'rollback'
  | 'until'
  | 'adopt'
  | 'take'
  | 'approve'
  | 'suspend'
  | 'upgrade'
  | 'boot'
  | 'unload'
  /** Only read, never written: a word of a newer natroute. */
  | 'unknown';

export type Outcome =
  | 'applied'
  | 'confirmed'
  | 'reported'
  | 'healed'
  | 'failed'
  | 'rolled-back'
  | 'recovered'
  | 'unloaded'
  | 'suspended'
  | 'resumed'
  /** Only read, never written: a word of a newer natroute. */
  | 'unknown';

export interface CommitFacts {
  readonly commit: string;
  /** `Name <mail>` */
  readonly author: string;
  /** ISO 8601. */
  readonly authoredAt: string;
  readonly subject: string;
  /** What git said of its signature, `none` where it has none. */
  readonly signature: 'good' | 'bad' | 'unknown' | 'none';
  /** The merge or pull request it came by: a link, or as it was written; absent where its message names none. */
  readonly request?: string;
}

export interface Versions {
  readonly natroute: string;
  /** `1.8.9`, null where not asked. */
  readonly iptables: string | null;
  readonly backend: string | null;
  /** Digest of what of the local config decides how a commit is compiled; absent where it was not noted. */
  readonly config?: string;
}

/** Who did a drift; null or absent where unknown, never guessed. */
export interface Actor {
  readonly process: string | null;
  readonly pid: number | null;
  /** Who logged in, whatever they became later. */
  readonly user: string | null;
  /** As which user it ran. */
  readonly ranAs?: string;
  /** As it was typed, shown on one line. */
  readonly command?: string;
  /** The program's file. */
  readonly exe?: string;
  /** `pts0` */
  readonly terminal?: string;
  /** Who started it; without a name where that was gone when we looked. */
  readonly parent?: Parent;
}

export interface Parent {
  readonly pid: number;
  readonly process: string | null;
}

export interface LedgerRecord {
  readonly cause: Cause;
  readonly outcome: Outcome;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly desired: CommitFacts | null;
  readonly generation: number | null;
  readonly actor: Actor | null;
  readonly versions: Versions;
  readonly changes: readonly Change[];
  readonly impact: readonly Impact[];
  /** Why a failed pass failed. */
  readonly reason: string | null;
  /** What was left as somebody made it, so that the rules are not the commit's alone; absent for nothing. */
  readonly left?: string;
  /** What the ledger had before this entry and has no more, one sentence; absent where all is there. */
  readonly gap?: string;
  /** Of guests alone: its rules are those of the entry before. Absent for what is about rules and files. */
  readonly about?: 'guests';
  /** Our canonical rules after the pass, without counters; '' where a family has none. */
  readonly nat: Readonly<Record<Family, string>>;
  /** Absent where nothing is in force. */
  readonly state?: RecordedState;
}

/** What a pass has to write down; the rest of its entry is the same for all. */
export interface Outline {
  readonly cause: Cause;
  readonly outcome: Outcome;
  readonly commit: CommitFacts | null;
  readonly generation: number | null;
  readonly changes: readonly Change[];
  readonly impact: readonly Impact[];
  readonly reason: string | null;
  readonly actor?: Actor | null;
  readonly about?: 'guests';
  readonly nat: Readonly<Record<Family, string>>;
}

/** What holds beside the rules: the host and the guests as they were asked for, our files as they are found. */
export interface RecordedState {
  readonly host: Host;
  readonly guests: readonly Guest[];
  /** Path -> content; of a link `-> TARGET`. */
  readonly files: Readonly<Record<string, string>>;
}

/** An entry as history reads it: the rules themselves are asked for one entry at a time. */
export type LedgerSummary = Omit<LedgerRecord, 'nat' | 'state'> & {
  /** It has words that only a newer natroute knows, which are left out or `unknown` here; absent where all is known. */
  readonly newer?: true;
};

export interface LedgerEntry {
  /** The commit of the ledger. */
  readonly id: string;
  readonly record: LedgerSummary;
}

/** A foreign rule that --take deletes, and where it stood: it comes back if the pass fails. */
export interface TakenRule {
  readonly family: Family;
  readonly chain: string;
  /** Among the foreign rules of its chain, from 0. */
  readonly index: number;
  readonly text: string;
  readonly counters: Counters | null;
}

/** An entry without its changes: what `git log` alone tells of it. */
export type LedgerHeading = Omit<LedgerSummary, 'changes' | 'impact'>;

/** An entry as a list shows it. */
export interface LedgerLine {
  /** The commit of the ledger. */
  readonly id: string;
  /** Its first line. */
  readonly subject: string;
  readonly heading: LedgerHeading;
}

/** What one entry did to our part of the nat tables. */
export interface LedgerStep extends LedgerLine {
  /** Lines `-A CHAIN RULE` that stand there since this entry; one that only moved may be in both lists. */
  readonly came: Readonly<Record<Family, readonly string[]>>;
  readonly gone: Readonly<Record<Family, readonly string[]>>;
  /** The entry itself was let go (`ledger.days`): this is what later ones build on, noted then. */
  readonly letGo?: true;
}

/** What was about to be done; on disk before the first change and gone after the outcome. */
export interface Intent {
  readonly cause: Cause;
  readonly at: string;
  readonly desired: CommitFacts | null;
  /** The generation to enforce once done, and the last good one. */
  readonly generation: number | null;
  readonly previous: number | null;
  /** It may only be finished while what takes it back again is there. Absent for what is in force at once. */
  readonly mustConfirm?: true;
  /** Absent where no foreign rule was to go. */
  readonly taken?: readonly TakenRule[];
  /** Files and settings that are changed, with what they were: they come back if the pass fails. Absent for none. */
  readonly files?: readonly FileSwap[];
  readonly sysctls?: readonly SysctlSwap[];
  /** These are absent where an older natroute wrote it. */
  readonly filesLeft?: FilesLeft;
  /** The ledger's newest entry just before it, null for none: whatever the clock says, its own is another one. */
  readonly ledgerEnd?: string | null;
  readonly bootId?: string | null;
  /** Why new commits wait once it is done, null: they do not. Absent where it does not decide that. */
  readonly hold?: string | null;
  /** It could not be finished and was taken back; what may be missing is its entry. */
  readonly undone?: boolean;
}

/** Paths where others' files stand and are left: before a change, and once it is done. */
export interface FilesLeft {
  readonly before: readonly string[];
  readonly after: readonly string[];
}
