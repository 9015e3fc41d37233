/** Where natroute keeps what; `--root` puts all of it under one folder. */

export interface Paths {
  /** What --root named; '' for the host itself. */
  readonly root: string;
  readonly config: string;
  readonly state: string;
  readonly mirror: string;
  readonly generations: string;
  /** Symbolic link to the generation in force, relative to `state`. */
  readonly current: string;
  readonly ledger: string;
  readonly intent: string;
  /** What there is while a change must be confirmed: the fuse and its marks. */
  readonly confirm: string;
  /** What outlives a restart but is no part of a generation: drift since when, holds, the last failure. */
  readonly memory: string;
  /** Since when the rules of others stand in the nat tables, and who made them. */
  readonly strangers: string;
  /** Alerts that wait for their receivers, and which troubles were told. */
  readonly alerts: string;
  /** What is remembered of guests. */
  readonly guests: string;
  /** What guests did and the ledger does not have yet. */
  readonly guestEvents: string;
  readonly run: string;
  /** What the process that looks after guests found last. */
  readonly guestsReport: string;
  readonly socket: string;
  readonly locks: string;
}

/** `root` is '' for the host itself. */
export function pathsUnder(root: string): Paths {
  const state = `${root}/var/lib/natroute`;
  const run = `${root}/run/natroute`;
  return {
    root,
    config: `${root}/etc/natroute/config.yaml`,
    state,
    mirror: `${state}/mirror.git`,
    generations: `${state}/generations`,
    current: `${state}/current`,
    ledger: `${state}/ledger.git`,
    intent: `${state}/intent.json`,
    confirm: `${state}/confirm`,
    memory: `${state}/memory.json`,
    strangers: `${state}/strangers.json`,
    alerts: `${state}/alerts`,
    guests: `${state}/guests.json`,
    guestEvents: `${state}/guest-events`,
    run,
    guestsReport: `${run}/guests-report.json`,
    socket: `${run}/natroute.sock`,
    locks: run,
  };
}
