/** The narrow doors to the world. Each throws only Fault; each is proven by a contract suite in test/contract. */
import type { BootFiles } from './model/boot.ts';
import type { Envelope } from './model/alert.ts';
import type { Connection, Proof } from './model/confirmation.ts';
import type { Family } from './model/family.ts';
import type { FileSwap, FoundFiles, FoundSysctls } from './model/file.ts';
import type { FoundHost } from './model/found.ts';
import type { Flow, FlowCut } from './model/flow.ts';
import type { Guest, Host } from './model/desired.ts';
import type { GuestChange } from './model/guest-status.ts';
import type { Actor, Cause, CommitFacts, LedgerEntry, LedgerLine, LedgerRecord, LedgerStep } from './model/record.ts';
import type { Observation, Stage } from './model/packets.ts';
import type { StateFile } from './model/state.ts';
import type { Survey, SurveyRequest } from './model/survey.ts';
import type { Touch } from './model/trail.ts';

export interface NetfilterFacts {
  readonly backend: 'nft' | 'legacy';
  /** `1.8.9` */
  readonly version: string;
  /**
   * What keeps a restore from undoing a concurrent edit: the xtables lock, nft's own generation, or nothing
   * (legacy before 1.8.6: only the comparison just before).
   */
  readonly compareAndSwap?: 'lock' | 'generation' | 'none';
}

/** The kernel's nat tables through this host's own iptables. */
export interface Netfilter {
  /** Fault `command-missing` says which package to install. */
  probe(family: Family): Promise<NetfilterFacts>;
  /**
   * `iptables-save -c -t nat`, raw, and behind it the filter table where that is asked for; '' where the table does not
   * exist (reading never makes it). Faults: no-permission, table-unreadable.
   */
  save(family: Family, filter?: boolean): Promise<string>;
  /**
   * One `iptables-restore --noflush -w`, applied only if the live table, counters apart, still is `plannedOn`: the
   * save of the table as it was just before; where either names the filter table, both tables count, and each is taken
   * as a whole or not at all. Fault `stale-table` otherwise, and
   * `rules-refused` where the kernel does not take it: then nothing was changed.
   */
  restore(family: Family, swap: { readonly text: string; readonly plannedOn: string }): Promise<string>;
  /** The rules as this kernel spells them, from a throw-away network namespace; Fault `command-failed` carries its refusal. */
  canonicalise(family: Family, text: string): Promise<string>;
  /**
   * `nft -n -s list table` of the nat table, which shows more than iptables does, and behind it of the filter table where
   * that is asked for; '' where it does not exist, null where there is nothing more to see (legacy) or no nft to ask.
   * Faults: no-permission, command-failed.
   */
  listing(family: Family, filter?: boolean): Promise<string | null>;
  /** The same of a throw-away network namespace with these rules, of the tables that they name. Faults as canonicalise. */
  listingOf(family: Family, text: string): Promise<string>;
  /** Live conntrack entries whose original destination is one of these IPs. */
  flows(family: Family, destinations: readonly string[]): Promise<readonly Flow[]>;
  /** Conntrack's entries to these IPs, those just over too: who came in. Faults: command-missing, no-permission, command-failed. */
  connections(family: Family, destinations: readonly string[]): Promise<readonly Connection[]>;
  /** Ends these flows, whoever of the two ends speaks next; those that go on all the same. */
  cut(family: Family, cut: FlowCut): Promise<readonly Flow[]>;
}

/** What else on this host may touch the packets that natroute forwards: read, never changed. */
export interface Ruleset {
  /** `nft -j list chains`: the chains of all of nft's tables. Faults: command-missing, no-permission, command-failed. */
  chains(): Promise<string>;
  /** `nft -j list table`; '' where it is gone. Fault command-failed also where it is too long to be looked at. */
  table(family: string, name: string): Promise<string>;
  /** The filter table as iptables-save prints it; '' where there is none (reading never makes it). */
  filter(family: Family): Promise<string>;
  /**
   * All tables of the backend that this host's iptables does not use, as its own save prints them; '' where there are
   * none, null where there may be some and its save is not installed. Reading never makes a table.
   */
  otherBackend(family: Family): Promise<string | null>;
}

/** A state repository's bare mirror: blobs at one commit, never a work tree. */
export interface Mirror {
  /** The remote branch's commit by ls-remote. Faults: git-unreachable, no-such-branch. */
  remoteHead(): Promise<string>;
  /** Fetches the branch into the mirror without moving the trusted ref; the commit fetched. */
  fetch(): Promise<string>;
  /** The commit last trusted, null before the first. */
  trusted(): Promise<string | null>;
  /** Moves the trusted ref, only if it still is `from`. */
  trust(commit: string, from: string | null): Promise<void>;
  /** Fault no-such-revision. */
  resolve(revision: string): Promise<CommitFacts>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** The plain files of the commit that this host reads; links and submodules come without content. */
  read(commit: string, host: string): Promise<readonly StateFile[]>;
  /**
   * Pushes one commit as a new branch of the remote, and moves no ref of the mirror; its id. Fault git-refused where the
   * remote does not take it or has such a branch.
   */
  offer(branch: string, commit: OfferedCommit): Promise<string>;
}

export interface OfferedCommit {
  /** The commit that it stands on. */
  readonly onto: string;
  /** Path -> the whole file; all are there already. */
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
  /** Whose commit it is. */
  readonly host: string;
}

export interface HistoryFilter {
  /** Newest first; at most this many. */
  readonly most: number;
  /** ISO 8601, inclusive. */
  readonly since: string | null;
  /** A part of the author of the commit that an entry carries out, of any case. */
  readonly author: string | null;
  readonly cause?: Cause;
}

/** Told now and then how many of how many entries were read, and at the end that all are. */
export type Progress = (done: number, of: number) => void;

export interface LedgerVerdict {
  /** Oldest first; [] where the chain cannot be read. */
  readonly steps: readonly LedgerStep[];
  /** What is wrong with it, one sentence each. */
  readonly damage: readonly string[];
  /** What git says of the signed ones; an entry that is not there is unsigned. */
  readonly signatures: readonly { readonly id: string; readonly signature: CommitFacts['signature'] }[];
  /** The entry before the first one, which was let go with all before it; null where none was. */
  readonly letGo: string | null;
}

export interface Ledger {
  /** Appends one commit; its id. Faults: ledger-damaged, disk. */
  append(record: LedgerRecord): Promise<string>;
  /** The id of the newest entry, mostly without asking git; null where there is none. Fault ledger-damaged. */
  end(): Promise<string | null>;
  /** Whether that entry is the newest one, or before it. Fault ledger-damaged. */
  has(id: string): Promise<boolean>;
  entries(filter: HistoryFilter, progress?: Progress): Promise<readonly LedgerEntry[]>;
  /** The same without their changes, which is much quicker for many. */
  headings(filter: HistoryFilter): Promise<readonly LedgerLine[]>;
  /** By its id or the beginning of it; null where there is none. Fault usage where it fits several. */
  entry(id: string): Promise<LedgerEntry | null>;
  /**
   * What every entry did to our rules, oldest first, and before them what is known of those let go. An index kept with the ledger, only a cache, makes it quick.
   */
  steps(progress?: Progress): Promise<readonly LedgerStep[]>;
  /** Fault ledger-damaged where no entry can follow: the end of its chain is unreadable, or not the one that it had. */
  check(): Promise<void>;
  /**
   * Lets the entries go that are older than the one that was the newest at that time, as far as a remote, where there is
   * one, has them; how many went. The chain of the others stays as it is, and what their rules go back to is noted.
   */
  letGo(before: Date): Promise<number>;
  /** Joins its packs where there are many: nothing of it is changed. */
  tidy(): Promise<void>;
  /** Brings a remote, where the local config names one, to the newest entry. Faults: git-unreachable, git-refused, history-rewritten. */
  push(): Promise<void>;
  /** Everything that can be known of the chain itself; never from the index. */
  verify(progress?: Progress): Promise<LedgerVerdict>;
  /** Our rules as they were after each of these entries. */
  tables(ids: readonly string[]): Promise<readonly Readonly<Record<Family, string>>[]>;
  /** Our rules as they were after that entry. */
  rules(id: string, family: Family): Promise<string>;
}

/** Files under the roots that natroute owns; every write is fsynced, renamed, and its folder fsynced. */
export interface Files {
  /** Null where there is no such file. Fault disk. */
  read(path: string): Promise<Uint8Array | null>;
  write(path: string, content: string | Uint8Array, mode: number): Promise<void>;
  /**
   * Path below the folder -> content: new files in a folder that nobody reads yet, and the folders between. All of it is on
   * the disk when this ends; a crash leaves any part. For many files this is much quicker than to write one after the other.
   */
  fill(folder: string, files: ReadonlyMap<string, string>, mode: number): Promise<void>;
  remove(path: string): Promise<void>;
  /** Names in a folder, sorted; [] where there is none. */
  list(path: string): Promise<readonly string[]>;
  makeFolder(path: string): Promise<void>;
  removeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Points a symbolic link by rename; readers see the old or the new one. */
  link(path: string, to: string): Promise<void>;
  readLink(path: string): Promise<string | null>;
}

/** Files of the host outside natroute's own folders: what is written there may be somebody else's. Nothing is followed. */
export interface HostFiles {
  /** What cannot be read is `other` and hides no other path. */
  look(paths: readonly string[]): Promise<FoundFiles>;
  /** Another text after every change of one of them, as far as the file system tells; nothing is read. */
  signature(paths: readonly string[]): Promise<string>;
  /**
   * Stages all, then puts each in place if it still is what was found: whole, fsynced, with its mode and owner. Faults:
   * stale-file, guarded, disk; those before the one that it was about are in place then.
   */
  swap(swaps: readonly FileSwap[]): Promise<void>;
  /** The path with its links resolved; null where there is nothing. */
  realPath(path: string): Promise<string | null>;
  /** Who has it open now; null where nobody was seen. */
  holder(path: string): Promise<Actor | null>;
}

/** The kernel's settings, live. */
export interface Sysctls {
  /** Null where there is no such setting, or what it is cannot be read. */
  read(keys: readonly string[]): Promise<FoundSysctls>;
  /** Fault command-failed where the kernel does not take it. */
  write(key: string, value: string): Promise<void>;
}

export interface Clock {
  now(): Date;
  /** Ends early, without an error, when the signal aborts. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
  /** Seconds since the boot, which no step of the wall clock moves. */
  uptime(): number;
}

/** Tries whether the outside can be reached, and knows who is connected. */
export interface Prober {
  /** Null where it answered, else why not. Ends within `limits.probeSeconds`. Fault command-missing. */
  probe(proof: Exclude<Proof, { readonly kind: 'inbound' }>): Promise<string | null>;
  /** This host's own TCP connections, incoming ones as who came to which port of it. */
  sockets(): Promise<readonly Pick<Connection, 'source' | 'sourcePort' | 'destination' | 'port'>[]>;
  /**
   * By which interface the kernel answers each, one for each in that order; `lo` for this host itself, null where it knows
   * no way. One look for all of them. Faults: those of a command.
   */
  waysBack(to: readonly Pick<Connection, 'source' | 'destination'>[]): Promise<readonly (string | null)[]>;
  /** What these interfaces are, as the kernel names kinds (bridge, veth, wireguard, tun, tap...); '' for a card. Faults: those of a command. */
  kindsOf(interfaces: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** A process that outlives this one. */
export interface Fuse {
  /**
   * Runs `sh FILE` outside of this process and of its service, whatever happens to them; by systemd where it runs. The
   * file ends by itself. Faults: command-failed, command-missing, no-permission; then nothing runs.
   */
  light(file: string, name: string): Promise<void>;
}

/** One lock per name that dies with its holder. */
export interface Locks {
  /** Fault lock-held after `waitSeconds`, naming the holder where known. */
  acquire(name: string, waitSeconds: number): Promise<{ release(): Promise<void> }>;
}

/** What a guest is like now. */
export interface ObservedGuest {
  readonly name: string;
  readonly state: 'running' | 'stopped' | 'other';
  /** What the toolstack would have to do to bring it to its target, '' where there is nothing that it would do now. */
  readonly differs: string;
  /** The same, one by one; absent where the toolstack does not tell. */
  readonly steps?: readonly GuestChange[];
  /** What waits for a restart, one text each. */
  readonly pending?: readonly string[];
  /** Why it is left as it is although it is not as it should be. */
  readonly held?: string;
  readonly running?: RunningGuest;
}

/** What a running guest has; null where the toolstack does not tell. */
export interface RunningGuest {
  readonly uptimeSeconds: number | null;
  /** MiB. */
  readonly memory: number | null;
  readonly vcpus: number | null;
}

/** xl, or network namespaces where there is no Xen. */
export interface Toolstack {
  /** All that is desired, in that order, and then what else is there: guests that no file names. */
  observe(host: Host, guests: readonly Guest[]): Promise<readonly ObservedGuest[]>;
  /**
   * Brings one guest to `guest.state`; what was done, one line each. What waits for a restart is no failure. Faults say why
   * it could not be.
   */
  converge(host: Host, guest: Guest): Promise<readonly string[]>;
}

/** Xen's own hand on this host. Nothing that it says is understood here. */
export interface Xl {
  /**
   * `xl ARGS`, ended with all that it started after `seconds`; its standard output. Faults command-missing,
   * command-timeout, no-permission, and command-failed, whose `output` is all that it said.
   */
  run(args: readonly string[], seconds: number): Promise<string>;
  /** What xl makes of a domU config, without making a domain of it: its JSON. Faults as those of `run`. */
  dryRun(guest: string, config: string, seconds: number): Promise<string>;
  /** Puts a domU config where only root reads it and xl finds it; its path. */
  keep(guest: string, config: string): Promise<string>;
}

/** One change of the nat tables that somebody else made. */
export interface Sighting {
  readonly at: Date;
  readonly actor: Actor;
}

/** Who changes the nat tables behind our back, as far as the kernel tells. */
export interface Witness {
  /** `hint` after every change that is not our own; an event may be lost, so a schedule stays the guarantee. */
  start(hint: () => void): Promise<{ stop(): void }>;
  /**
   * Another number after every change that may be somebody else's; null while nobody watches, or where changes may
   * come that are not seen. The same number twice: the tables are as they were, as far as the kernel tells.
   */
  version(): number | null;
  /** For how long its silence counts: what it may miss is looked for then. Seconds. */
  silenceSeconds(): number;
  /** Those not yet forgotten, oldest first. */
  seen(): readonly Sighting[];
  /** Drops the sightings up to that time: what they did was found, or undone again. */
  forget(until: Date): void;
  /** The time given to `forget` last; null before the first. */
  accounted(): Date | null;
}

/** The kernel's audit trail, where this host keeps one. */
export interface Trail {
  /**
   * Changes of the nat tables since then, oldest first; null where this host keeps no trail. What is still on its way
   * is waited for, at most `limits.trailWaitMs`, until `enough` says so. Faults: no-permission, disk, command-failed.
   */
  touches(since: Date, enough: (touches: readonly Touch[]) => boolean): Promise<readonly Touch[] | null>;
}

/** Finds out about the host itself; changes nothing and never fails: what it cannot find out is null. */
export interface Surveyor {
  survey(request: SurveyRequest): Promise<Survey>;
  /** What a boot would load. */
  boot(): Promise<BootFiles>;
}

/** Looks at a host that was made by hand; changes nothing. */
export interface Scout {
  /** Faults where the rules or the network cannot be read; the rest is in `troubles`. */
  look(): Promise<FoundHost>;
}

/** Hands one message to one receiver. */
export interface Notifier {
  /**
   * Ends within `limits.alertSeconds`. Faults, none of which shows a secret: alert-failed where it may work later,
   * alert-refused where the receiver does not take this message.
   */
  send(envelope: Envelope): Promise<void>;
}

/** Rings on a cron pattern. */
export interface Alarm {
  /** Fault usage for a pattern that cannot be read. */
  every(pattern: string, ring: () => void): { stop(): void; next(): Date | null };
}

/** Hints that something below these paths changed; an event may be lost, so a schedule stays the guarantee. */
export interface Watch {
  start(paths: readonly string[], hint: () => void): Promise<{ stop(): Promise<void> }>;
}

/** The daemon's socket, from both sides. */
export interface Socket {
  /** `answer` gets method and path and gives the body of the reply, undefined for an unknown route. */
  serve(path: string, answer: (method: string, route: string) => Promise<unknown>): Promise<{ close(): Promise<void> }>;
  /** Null where nobody listens. Fault daemon-unreachable where somebody does but does not answer. */
  call(path: string, method: 'GET' | 'POST', route: string): Promise<unknown>;
}

/** Real packets through throw-away network namespaces of this machine. */
export interface PacketRange {
  /** One observation for each shot of each round. Faults: command-missing, no-permission, command-failed, command-timeout. */
  shoot(stage: Stage): Promise<readonly (readonly Observation[])[]>;
}
