// Made from schemas/ by `npm run generate`: do not edit.

/**
 * Disk paths, such as /dev/vg0/*.
 *
 * Items: A name or path; * stands for any characters but a slash.
 */
export type Patterns = string[];
/**
 * Boot loaders, such as pygrub.
 *
 * Items: A name or path; * stands for any characters but a slash.
 */
export type Patterns1 = string[];
/**
 * Kernels and ramdisks.
 *
 * Items: A name or path; * stands for any characters but a slash.
 */
export type Patterns2 = string[];
/**
 * Hotplug scripts, such as vif-bridge.
 *
 * Items: A name or path; * stands for any characters but a slash.
 */
export type Patterns3 = string[];
/**
 * Bridges, such as br0.
 *
 * Items: A name or path; * stands for any characters but a slash.
 */
export type Patterns4 = string[];
/**
 * Keys of `options`, such as cpu_weight.
 *
 * Items: A name or path; * stands for any characters but a slash.
 */
export type Patterns5 = string[];
/**
 * Kernel settings, such as net.ipv4.*.
 *
 * Items: A name or path; * stands for any characters but a slash.
 */
export type Patterns6 = string[];

/**
 * The local config: trusted, root's own, never in the state repository. Needed: repository with its url.
 */
export interface ConfigFile {
  /**
   * The state repository that this host follows.
   */
  repository: {
    /**
     * https://HOST/PATH, ssh://[USER@]HOST[:PORT]/PATH, USER@HOST:PATH, or the full path of a local repository.
     */
    url: string;
    /**
     * The branch to follow. Default: main.
     */
    branch?: string;
    /**
     * The private ssh key to fetch with.
     */
    key?: string;
    /**
     * The ssh host keys that are trusted.
     */
    knownHosts?: string;
    /**
     * Allowed signers (ssh-keygen's format). When set, commits without a good signature are refused.
     */
    signers?: string;
  };
  /**
   * This host's name in the state repository (hosts/NAME). Default: the host name.
   */
  host?: string;
  /**
   * When to look at the remote, as a cron pattern; a sixth field in front counts seconds. Default: every 15 seconds.
   */
  schedule?: string;
  /**
   * What happens by itself.
   */
  policy?: {
    /**
     * New commits: apply (default), or hold until `natroute approve`.
     */
    commits?: 'apply' | 'hold';
    /**
     * Drift: heal (default), or only report.
     */
    drift?: 'heal' | 'report';
    /**
     * A guest that was asked to shut down and does not end in time: leave it and report it (default), or destroy it, as if its power were cut.
     */
    stuckGuests?: 'leave' | 'destroy';
    /**
     * A commit that deletes more than this share of the forwards, or leaves none, is held until `natroute approve`; one that deletes a running guest always is. 100%: no forward is held for that. Default: 33%.
     */
    mostDeletions?: string;
    /**
     * Deletions: apply (default), or hold until `natroute approve`.
     */
    deletions?: 'apply' | 'hold';
  };
  /**
   * When what disturbs may happen.
   */
  windows?: {
    /**
     * When guests with `restart: allowed` may be restarted. Default: at any time.
     *
     * Items: A window opens by `cron` and stays open `for` a while.
     */
    restart?: {
      /**
       * When the window opens.
       */
      cron: string;
      /**
       * How long it stays open.
       */
      for: string;
      /**
       * Of `cron`. Default: UTC.
       */
      timezone?: string;
    }[];
  };
  /**
   * After an apply all probes must pass within this time; else the last good generation comes back. A change that touches the way in must in any case be proven by a new connection from outside. Default: no probes, 120s.
   */
  confirm?: {
    /**
     * How long the probes are tried.
     */
    within: string;
    /**
     * What must work.
     */
    probes: Probe[];
  };
  /**
   * What the state repository may name on this host. What is not listed is refused.
   */
  allow?: {
    disks?: Patterns;
    bootloaders?: Patterns1;
    kernels?: Patterns2;
    scripts?: Patterns3;
    bridges?: Patterns4;
    options?: Patterns5;
    sysctls?: Patterns6;
  };
  /**
   * Where /metrics, /healthz, /api/v1 and the page are served, as IP:PORT. Default: nowhere.
   */
  listen?: string | null;
  /**
   * Where a webhook of the git server wakes a fetch. Default: nowhere.
   */
  hook?: {
    /**
     * IP:PORT.
     */
    listen: string;
    /**
     * The TLS certificate; without one the hook speaks plain HTTP.
     */
    certificate?: string;
    /**
     * The certificate's private key.
     */
    key?: string;
    /**
     * The file with the secret that signs each delivery.
     */
    secretFile: string;
  };
  /**
   * Whom to tell.
   *
   * Items: One receiver.
   */
  notify?: {
    /**
     * The kind of receiver: slack is also what Discord (its URL with /slack at the end) and Mattermost take; webhook gets JSON as schemas/alert.schema.json has it.
     */
    type: 'slack' | 'webhook' | 'ntfy' | 'mail' | 'command';
    /**
     * The file with the receiver's URL: it is a secret.
     */
    urlFile?: string;
    /**
     * The file with a token that is sent as Authorization: Bearer.
     */
    tokenFile?: string;
    /**
     * Mail addresses, given to this host's sendmail.
     */
    to?: string[];
    /**
     * The sender's mail address. Default: what sendmail puts there.
     */
    from?: string;
    /**
     * A program by its full path, and its arguments; it gets the JSON of a webhook on its standard input.
     */
    command?: string[];
    /**
     * What to tell; the end of a trouble is told to whom it was told. Default: all of them.
     */
    events?: ('drift' | 'failed' | 'applied' | 'held' | 'rejected' | 'suspended')[];
  }[];
  /**
   * Which generations are kept to go back to. The one in force and the last good one before it always are.
   */
  generations?: {
    /**
     * At most so many, the newest. Default: 50.
     */
    keep?: number;
    /**
     * None that is older. Default: 365.
     */
    days?: number;
  };
  /**
   * The record of every pass that changed or found something.
   */
  ledger?: {
    /**
     * Where to push it, in the same forms as the repository's url. Default: nowhere.
     */
    remote?: string | null;
    /**
     * The ssh key that signs its commits. Default: none.
     */
    signingKey?: string | null;
    /**
     * Entries that are older are let go; what still stands stays explained. With a remote, only what it has. Default: none is.
     */
    days?: number | null;
  };
}
/**
 * One probe: exactly one of tcp, ping and inbound.
 */
export interface Probe {
  /**
   * A TCP connection to IP:PORT must open.
   */
  tcp?: string;
  /**
   * `gateway` (the uplink's, its IPv4 one where it has two), or an IP, must answer.
   */
  ping?: string;
  /**
   * A connection from outside, newer than the change, must have reached this port of the host, as PORT/PROTOCOL; `natroute confirm` over a new connection does too.
   */
  inbound?: string;
}
