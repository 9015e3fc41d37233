/** What was found out about the host itself; null where it could not be. Nothing in it is judged. */

export interface SurveyRequest {
  /** Files that only root may read. */
  readonly secrets: readonly string[];
  /** Files and folders that only root may change. */
  readonly guarded: readonly string[];
  /** Whose disk must have room. */
  readonly state: string;
}

export interface Survey {
  /** Programs that are not installed. */
  readonly missing: readonly string[];
  /** Tables of the iptables backend that is not this host's; null where it was not asked. */
  readonly otherBackend: boolean | null;
  /** Why no network namespace can be made, and why `nft monitor` does not run; null where all is well. */
  readonly namespaceTrouble: string | null;
  readonly monitorTrouble: string | null;
  readonly audit: AuditState;
  readonly forwarding: Readonly<Record<'v4' | 'v6', boolean | null>>;
  readonly conntrack: { readonly count: number; readonly most: number } | null;
  readonly bridgeCallsIptables: boolean | null;
  readonly disk: { readonly freeBytes: number } | null;
  /** Those that are there. */
  readonly files: readonly FileState[];
  readonly timezone: string;
  readonly clockSynchronised: boolean | null;
  /** Names of the services that systemd starts at boot; null where there is no systemd. */
  readonly enabledUnits: readonly string[] | null;
}

export interface AuditState {
  /** Null where auditctl is missing or may not ask. */
  readonly enabled: boolean | null;
  /** Whether a rule keeps the kernel from noting who a process is. */
  readonly never: boolean | null;
  /** Where natroute can read it; null: nowhere. */
  readonly source: 'auditd' | 'journal' | null;
  /** Services with a login that does not note the login user. */
  readonly loginsUnnoted: readonly string[];
}

export interface FileState {
  readonly path: string;
  readonly secret: boolean;
  readonly mode: number;
  readonly owner: number;
}
