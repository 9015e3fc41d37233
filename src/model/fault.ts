/** A port failed: git, a command, a disk, the kernel. Retried or reported, never swallowed. */

export type FaultCode =
  | 'command-missing'
  | 'command-failed'
  | 'command-timeout'
  | 'no-permission'
  | 'lock-held'
  /** The kernel, or iptables itself, does not take the rules; nothing was changed. */
  | 'rules-refused'
  | 'stale-table'
  | 'stale-file'
  | 'table-unreadable'
  | 'git-unreachable'
  | 'git-refused'
  | 'no-such-branch'
  | 'no-such-revision'
  | 'history-rewritten'
  | 'untrusted'
  | 'ledger-damaged'
  | 'generation-damaged'
  | 'disk'
  | 'guarded'
  | 'verify-failed'
  | 'daemon-unreachable'
  | 'alert-failed'
  | 'alert-refused'
  | 'usage';

export interface FaultDetail {
  /** The command as a person would type it, without secrets. */
  readonly command?: string;
  /** What the command or the system said, shortened. */
  readonly output?: string;
  readonly exitCode?: number;
  readonly help?: string;
  readonly cause?: unknown;
}

export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly detail: FaultDetail;

  /** `message` is one plain sentence for a person; `detail.help` says what to do. */
  constructor(code: FaultCode, message: string, detail: FaultDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.detail = detail;
  }
}
