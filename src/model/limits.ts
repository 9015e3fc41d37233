/** Every bound of the program, with its unit in its name. */

export const limits = {
  // the state repository (untrusted)
  stateFileBytes: 1_048_576,
  stateFiles: 5_000,
  stateTotalBytes: 16_777_216,
  yamlNodes: 200_000,
  yamlDepth: 32,
  diagnosticsShown: 100,
  addresses: 1_024,
  forwards: 100_000,
  // iptables
  chainNameCharacters: 28,
  commentBytes: 255,
  restoreLineBytes: 10_000,
  lockWaitSeconds: 10,
  saveBytes: 256 * 1_048_576,
  commandOutputBytes: 1_048_576,
  commandSeconds: 30,
  /** How long the output may stay open after the program itself has ended. */
  commandDrainSeconds: 1,
  replans: 5,
  // git
  fetchSeconds: 60,
  lsRemoteSeconds: 20,
  /** A git command that asks nobody else. */
  gitLocalSeconds: 60,
  gitOutputBytes: 32 * 1_048_576,
  /** Kept of what a remote or a command says, for a message. */
  shownOutputCharacters: 2_000,
  branchesNamed: 10,
  // the loop
  retryFirstSeconds: 1,
  retryMostSeconds: 300,
  passLockWaitSeconds: 60,
  stopSeconds: 60,
  // history
  generationsKept: 50,
  ledgerEntriesRead: 100_000,
  ledgerReadBytes: 256 * 1_048_576,
  /** Loose objects in the ledger before they go into a pack, estimated. */
  ledgerLooseObjects: 2_000,
  trailerCharacters: 500,
  subjectCharacters: 100,
  changeLines: 200,
  // files of our own
  ownFileBytes: 256 * 1_048_576,
} as const;
