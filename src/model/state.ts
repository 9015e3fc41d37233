/** The files of a state repository as bytes, from a folder or from one commit: untrusted data. */

export interface StateFile {
  /** Relative to the root, with slashes. */
  readonly path: string;
  readonly kind: 'file' | 'symlink' | 'submodule' | 'other';
  readonly bytes: number;
  /** Null for what is no plain file or is over `limits.stateFileBytes`: it was not read. */
  readonly content: Uint8Array | null;
}
