/** Something wrong with an input: what, where, and what to do about it. */

export type Severity = 'error' | 'warning';

/** A place in a text file; line and column count from 1, columns in UTF-16 units as editors do. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The stable codes: people and scripts match on them, so one is never reused for another meaning. */
export type DiagnosticCode =
  // reading the tree
  | 'empty-repository'
  | 'missing-file'
  | 'host-not-found'
  | 'symlink'
  | 'submodule'
  | 'unexpected-file'
  | 'file-too-large'
  | 'too-many-files'
  | 'encoding'
  // reading one file
  | 'yaml-syntax'
  | 'yaml-alias'
  | 'yaml-duplicate-key'
  | 'yaml-merge-key'
  | 'yaml-tag'
  | 'yaml-too-many-nodes'
  | 'yaml-too-deep'
  | 'number-spelling'
  | 'wrong-type'
  | 'wrong-value'
  | 'unknown-key'
  | 'missing-key'
  | 'name'
  | 'port'
  | 'port-range'
  | 'ip'
  | 'cidr'
  | 'mac'
  | 'date'
  | 'timezone'
  | 'sources'
  | 'too-many-forwards'
  // lint: what the files say together
  | 'unknown-reference'
  | 'forward-conflict'
  | 'outside-subnet'
  | 'duplicate-ip'
  | 'duplicate-mac'
  | 'carried-address'
  | 'shared-disk'
  | 'shadows-listens'
  | 'expired'
  | 'no-guest-ip'
  | 'incomplete-guest'
  | 'too-long'
  | 'unreachable-forward'
  | 'not-allowed'
  // checks.yaml
  | 'check-failed'
  | 'packets-differ'
  // this host's kernel
  | 'refused-by-kernel'
  // the list itself was cut
  | 'more';

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** One sentence: what to do. */
  readonly help: string;
  readonly at?: Position;
  /** What a person needs to follow it, line by line; may hold text from outside. */
  readonly detail?: readonly string[];
  /**
   * The offending line with hidden characters made visible, cut where it is very long; the column in it (from 1) at
   * which the marker begins, and how many columns the marker covers.
   */
  readonly excerpt?: { readonly line: string; readonly column: number; readonly length: number };
}

/** Whether the input may not be used: warnings alone never stop a commit. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error');
}
