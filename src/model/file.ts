/** Files of the host as they are found and as they shall be. Paths are full and without `--root`; nothing is followed. */

export type FoundFile =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'file';
      readonly content: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      /** `root`, or the number of a user without a name. */
      readonly owner: string;
      /** ISO 8601. */
      readonly writtenAt: string;
    }
  | { readonly kind: 'link'; readonly to: string }
  /** What natroute leaves alone: a folder, a device, a file that is no text or too large, a way that leads elsewhere. */
  | {
      readonly kind: 'other';
      readonly what: string;
      /** What is there could not even be found out: it may be natroute's own. */
      readonly unreadable?: true;
    };

export interface Access {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export type WantedFile =
  | { readonly kind: 'absent' }
  /** Mode and owner are kept where there is a file; a new one is as `like` says, else root's, 0644. */
  | { readonly kind: 'file'; readonly content: string; readonly like?: Access }
  | { readonly kind: 'link'; readonly to: string };

/** Carried out only on what was found. */
export interface FileSwap {
  readonly path: string;
  readonly found: FoundFile;
  readonly wanted: WantedFile;
}

export interface SysctlSwap {
  readonly key: string;
  readonly found: string;
  readonly wanted: string;
}

/** What is to be done with the host's files and kernel settings. */
export interface FilesPlan {
  readonly swaps: readonly FileSwap[];
  readonly sysctls: readonly SysctlSwap[];
  /** What is not done, and why: one sentence each. */
  readonly left: readonly LeftFile[];
  /** Paths of `swaps` that were somebody else's. */
  readonly taken: ReadonlySet<string>;
}

export interface LeftFile {
  /** Or the name of a setting. */
  readonly path: string;
  readonly why: string;
  /** A commit that asks for it is refused until a person moves away what is there; else `--take`, or time, helps. */
  readonly stops: boolean;
}

export type FoundFiles = ReadonlyMap<string, FoundFile>;

/** Null where the kernel has no such setting, or none yet: an interface that is not there. */
export type FoundSysctls = ReadonlyMap<string, string | null>;
