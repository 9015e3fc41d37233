/** Every bound of the program, with its unit in its name. */

export const limits = {
  // the state repository (untrusted)
  stateFileBytes: 1_048_576,
  stateFiles: 5_000,
  stateTotalBytes: 16_777_216,
  yamlNodes: 200_000,
  yamlDepth: 32,
  diagnosticsShown: 100,
  excerptCharacters: 100,
  addresses: 1_024,
  forwards: 100_000,
  // iptables
  chainNameCharacters: 28,
  commentBytes: 255,
  restoreLineBytes: 10_000,
  lockWaitSeconds: 10,
  /** Spellings by this kernel that are remembered, the newest. */
  canonicalKept: 4,
  saveBytes: 256 * 1_048_576,
  /** Of nft's chains, and of one table of somebody else's. */
  rulesetBytes: 4 * 1_048_576,
  commandOutputBytes: 1_048_576,
  commandSeconds: 30,
  /** For a command that reads, spells or writes a whole table: with 50,000 rules on a busy host nft's takes half a minute. */
  tableSeconds: 120,
  /** How long the output may stay open after the program itself has ended. */
  commandDrainSeconds: 1,
  replans: 5,
  /** So often a table that changes while it is read is read again. */
  looksAgain: 3,
  /** Shown of a rule as nft lists it. */
  nftRuleCharacters: 400,
  /** So often within so many seconds our jump is put first again; then another program wins. */
  jumpMoves: 5,
  sightings: 100,
  /** For the audit trail to have what was seen already. */
  trailWaitMs: 150,
  trailPauseMs: 15,
  /** Of the audit trail, read from its end. */
  trailBytes: 4 * 1_048_576,
  trailJournalLines: 5_000,
  /** How far back somebody is looked for, where no process of ours was there meanwhile. */
  trailBackSeconds: 86_400,
  /** Before the time asked for: a command line may have been written so much earlier than what it did. */
  trailBeforeSeconds: 60,
  /** Command lines that are told of one actor. */
  actorCommands: 3,
  monitorRestartSeconds: 5,
  /** To see whether nft monitor runs at all. */
  monitorTryMs: 200,
  jumpMovesSeconds: 3600,
  /** Heals that wait for a disk that takes nothing; the newest. */
  owedEntries: 100,
  /** Between two looks at guests that nothing was to be done for. */
  guestsLookSeconds: 10,
  /**
   * How long a table that nobody was seen to change counts as known: what changes it unseen is found then. Where nft
   * monitor listens it misses nothing but what it says it missed.
   */
  fullLookSeconds: 60,
  fullLookNftSeconds: 300,
  /** Between a heal on what iptables shows and the look at what nft alone shows: the alert goes out first. */
  wholeLookPauseSeconds: 0.2,
  /** Between two looks at what else is in the packet filter, where nothing asks for one. */
  lookoutSeconds: 300,
  /** Rules of others of which it is remembered since when they stand there. */
  strangersKept: 2_000,
  /** Findings that the status remembers. */
  findingsKept: 50,
  // live connections
  /** Public IPs for each of which conntrack is asked apart. */
  flowQuestions: 8,
  /** Ports of one guest for each of which conntrack is asked apart. */
  flowFilterPorts: 16,
  /** So often a flow that its guest brings back is cut again. */
  flowCutRounds: 8,
  flowCutSeconds: 25,
  /** For a caller's next packet to come and be answered with a reset; doubled with each round. */
  flowResetMs: 100,
  flowCommandsAtOnce: 200,
  flowHoldsAtOnce: 50,
  /** Of an entry whose own time conntrack does not say. */
  flowHeldSeconds: 300,
  // git
  fetchJitterSeconds: 30,
  fetchSeconds: 60,
  lsRemoteSeconds: 20,
  /** A git command that asks nobody else. */
  gitLocalSeconds: 60,
  gitOutputBytes: 32 * 1_048_576,
  /** Kept of what a remote or a command says, for a message. */
  shownOutputCharacters: 2_000,
  branchesNamed: 10,
  /** Packs of a repository of ours before they are joined. */
  gitPacks: 50,
  // the loop
  laneIdleSeconds: 86_400,
  retryFirstSeconds: 1,
  retryMostSeconds: 300,
  passLockWaitSeconds: 60,
  stopSeconds: 60,
  daemonAnswerSeconds: 10,
  daemonAnswerBytes: 64 * 1_048_576,
  // commit-confirmed
  /** For a change that touches the way in, where the local config says nothing. */
  confirmSeconds: 120,
  /** One try of a probe. */
  probeSeconds: 3,
  /** Between two tries. */
  probePauseSeconds: 1,
  /** Who came in at most, for whom one look asks the kernel for the way back. */
  arrivals: 256,
  /** The fuse waits so much longer than natroute itself, which goes back more gently. */
  fuseGraceSeconds: 3,
  fuseLockWaitSeconds: 60,
  fuseTries: 5,
  /** Default of the local config: a third of the forwards. */
  mostDeletions: 1 / 3,
  // drift
  /** How long a healed drift is remembered after it came last; longer than the longest pause. */
  driftRememberedSeconds: 7_200,
  driftHealedKept: 200,
  /** So often one drift is healed at once; then another master insists, and the pauses grow. */
  driftHealsAtOnce: 3,
  driftPauseFirstSeconds: 15,
  driftPauseMostSeconds: 3_600,
  suspensionMostSeconds: 7 * 86_400,
  suspensions: 32,
  // alerts
  alertLines: 8,
  alertLineCharacters: 200,
  /** Told in full in one message; the JSON of a webhook has all. */
  alertsShown: 10,
  /** Waiting for one receiver; the oldest go first. */
  alertsKept: 100,
  /** Messages to one receiver before it is told only once in a while. */
  alertsAtOnce: 5,
  alertPauseSeconds: 60,
  /** For one message, whatever the receiver does. */
  alertSeconds: 10,
  /** For another process that sends to the same receiver. */
  alertLockWaitSeconds: 20,
  alertAnswerBytes: 65_536,
  alertSecretBytes: 4_096,
  /** A message that is refused so often as it is will never be taken. */
  alertRefusals: 5,
  /** A remote that is away for a moment is nobody's night. */
  alertFetchFailures: 5,
  ntfyBytes: 4_000,
  chatBytes: 12_000,
  // guests
  /** A guest that takes longer goes on by itself while the next one has its turn. */
  guestTurnSeconds: 60,
  /** Guests that have work going on: one that hangs leaves the way free for the others, and a slow host is not flooded. */
  guestsAtOnce: 2,
  /** Between asking a guest's processes to end and killing them. */
  guestStopSeconds: 5,
  /** For xl to say what is there. It waits for ever where xenstored is dead. */
  xlLookSeconds: 45,
  /** For xl to give or take something, hotplug scripts and all. */
  xlChangeSeconds: 120,
  /** A big guest's memory takes its time. */
  xlCreateSeconds: 300,
  /** Of `xl list -l` on a host with some hundreds of guests. */
  xlOutputBytes: 16 * 1_048_576,
  /** For a guest to shut itself down. */
  guestShutdownSeconds: 180,
  guestShutdownPollSeconds: 1,
  /** For xl to take apart what has ended. */
  guestTakenApartSeconds: 60,
  /** For what was changed on a running guest to be seen. */
  guestSettleSeconds: 15,
  /** How long it counts that a guest had to be put right. */
  guestHealsSeconds: 3_600,
  /** So old, what is known of guests says nothing any more. */
  guestsReportSeconds: 600,
  /** What guests did and the ledger does not have yet; the oldest go first. */
  guestEventsKept: 200,
  guestEventCharacters: 400,
  /** Between two looks whether something waits for the ledger. */
  guestEventsLookSeconds: 15,
  /** A host with some thousands of interfaces and routes. */
  ipOutputBytes: 64 * 1_048_576,
  // the picture of the host
  pictureNameCharacters: 24,
  /** Of the ports of one guest at one address; the rest is counted. */
  pictureLines: 8,
  pictureLineCharacters: 30,
  /** So many forwards of a host are drawn for each generation; of more only when `natroute render` asks. */
  pictureForwards: 250,
  // history
  /** Defaults of the local config. */
  generationsKept: 50,
  generationDays: 365,
  /** Numbers of generations that a message lists, the newest. */
  generationsNamed: 10,
  ledgerEntriesRead: 100_000,
  /** Entries read by one git command, so that a long reading can say how far it is. */
  ledgerStepsAtOnce: 1_000,
  /** Entries whose rules are read by one git command; a table may have some megabytes. */
  ledgerTablesAtOnce: 50,
  /** So many entries behind, the index of the ledger is written anew. */
  ledgerIndexBehind: 100,
  /** Of a ledger of a hundred thousand entries, each of them signed. */
  ledgerFsckSeconds: 1_800,
  ledgerDamageShown: 20,
  /** Between two looks at what is older than it is to be kept. */
  ledgerLetGoSeconds: 86_400,
  /** Drifts that are searched for a stranger's rule, the newest. */
  ledgerDriftsRead: 1_000,
  /** Entries about guests, one after the other, that are passed over to find when the tables were looked at last. */
  ledgerGuestsPassed: 50,
  ledgerReadBytes: 256 * 1_048_576,
  ledgerAppendTries: 8,
  ledgerAppendPauseMs: 25,
  /** For so long after an entry was appended nobody looks whether another can be. */
  ledgerSoundMs: 1_000,
  trailerCharacters: 500,
  subjectCharacters: 100,
  changeLines: 200,
  // the packet walker
  /** Ways that one packet may take, where a rule leaves it open. */
  tracePaths: 16,
  /** Addresses or ports among which the kernel may choose, each a way of its own. */
  tracePicks: 8,
  /** Rules that one packet may meet. */
  traceRules: 200_000,
  /** Chains within chains. */
  traceDepth: 64,
  /** Shown of a packet's way in a diagnostic. */
  traceLines: 60,
  /** Real packets under way from one place. */
  packetsAtOnce: 256,
  packetsPerRound: 250,
  /** Guests that take part in one round, each with a process of its own. */
  packetGuestsAtOnce: 8,
  packetsSeconds: 60,
  packetsPerSecond: 20,
  /** Lines about packets that a person is shown. */
  packetLines: 200,
  packetsOutputBytes: 64 * 1_048_576,
  /** For an answer that should come, and to be sure that none does. */
  packetAnswerMs: 5_000,
  packetSilenceMs: 700,
  // files of the host
  hostFileBytes: 1_048_576,
  /** Lines of one file whose differences are looked for; more are only counted. */
  diffedLines: 2_000,
  /** Around a difference. */
  diffContextLines: 2,
  // import
  importFiles: 2_000,
  importFileBytes: 262_144,
  /** Lines of the report that a person is shown; JSON has them all. */
  importLines: 400,
  // files of our own
  ownFileBytes: 256 * 1_048_576,
  /** Written at once. */
  filesAtOnce: 8,
} as const;
