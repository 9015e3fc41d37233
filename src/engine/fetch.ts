/**
 * The fetch lane's work: look at the remote, fetch what is new, and trust it only if it descends from what was trusted
 * before and is signed where signatures are asked for. Nothing else moves until then.
 */
import { Fault } from '../model/fault.ts';
import type { CommitFacts } from '../model/record.ts';
import type { Mirror } from '../ports.ts';

export interface Fetched {
  readonly moved: boolean;
  /** The commit that is trusted now. */
  readonly commit: string;
}

export interface FetchLane {
  /** Faults: git-unreachable, git-refused, no-such-branch, history-rewritten, untrusted; then the trusted commit is the old one. */
  fetchOnce(): Promise<Fetched>;
  /**
   * Trusts the remote's head though it does not descend from the trusted one, if it still is `commit`, which a person
   * has seen. The signature is checked all the same.
   */
  acceptRewrite(commit: string): Promise<Fetched>;
}

export interface FetchOptions {
  /** Whether unsigned commits are refused: the local config names signers. */
  readonly signed: boolean;
}

function untrusted(facts: CommitFacts): Fault {
  const short = facts.commit.slice(0, 10);
  const help =
    'Sign it with a key that `repository.signers` in the local config allows (git config gpg.format ssh), and push it again. The host stays as it is.';
  switch (facts.signature) {
    case 'none':
      return new Fault('untrusted', `Commit ${short} by ${facts.author} is not signed, so it is not applied.`, {
        help,
      });
    case 'unknown':
      return new Fault('untrusted', `Commit ${short} by ${facts.author} is signed with a key that is not allowed.`, {
        help,
      });
    case 'bad':
      return new Fault('untrusted', `Commit ${short} by ${facts.author} has a bad signature: somebody changed it.`, {
        help,
      });
    case 'good':
      throw new Error('a good signature is trusted');
    default:
      return facts.signature satisfies never;
  }
}

function rewritten(head: string, trusted: string): Fault {
  return new Fault(
    'history-rewritten',
    `The branch was rewritten: its head ${head.slice(0, 10)} does not descend from ${trusted.slice(0, 10)}, which was trusted last.`,
    {
      help: 'The host stays as it is. Push a commit that descends from the trusted one, or accept the rewritten branch with `natroute approve --rewrite`.',
    },
  );
}

export function createFetchLane(ports: { readonly mirror: Mirror }, options: FetchOptions): FetchLane {
  const { mirror } = ports;

  async function checkSignature(commit: string): Promise<void> {
    if (!options.signed) return;
    const facts = await mirror.resolve(commit);
    if (facts.signature !== 'good') throw untrusted(facts);
  }

  return {
    async fetchOnce() {
      const trusted = await mirror.trusted();
      if ((await mirror.remoteHead()) === trusted) return { moved: false, commit: trusted };
      const head = await mirror.fetch();
      if (head === trusted) return { moved: false, commit: trusted };
      if (trusted !== null && !(await mirror.isAncestor(trusted, head))) throw rewritten(head, trusted);
      await checkSignature(head);
      await mirror.trust(head, trusted);
      return { moved: true, commit: head };
    },
    async acceptRewrite(commit) {
      const trusted = await mirror.trusted();
      const head = await mirror.fetch();
      if (head !== commit) {
        throw new Fault('history-rewritten', `The branch moved again: its head is ${head.slice(0, 10)} now.`, {
          help: 'Look at the new head with `natroute plan`, then approve that one.',
        });
      }
      if (head === trusted) return { moved: false, commit: head };
      await checkSignature(head);
      await mirror.trust(head, trusted);
      return { moved: true, commit: head };
    },
  };
}
