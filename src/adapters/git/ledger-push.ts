/** The ledger at a remote: one branch for each host, moved only forward, so that the remote keeps what this host may lose. */
import { join } from 'node:path';
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import { createFiles } from '../files.ts';
import { createGit } from './factory.ts';
import { branch } from './ledger-stream.ts';
import { checkedBranch, checkedRemote } from './remote.ts';
import { sshCommand } from './ssh.ts';
import { unreachable } from './trouble.ts';

export interface LedgerRemote {
  readonly url: string;
  /** As of the state repository: the private key of ssh, and its known hosts. */
  readonly key: string | null;
  readonly knownHosts: string | null;
}

export interface Push extends LedgerRemote {
  readonly folder: string;
  readonly home: string;
  /** This host's name, which its branch has. */
  readonly host: string;
}

/** Faults: git-unreachable, and history-rewritten where the remote's branch has what this ledger has not. */
export async function pushLedger({ folder, home, host, url, key, knownHosts }: Push): Promise<void> {
  const remote = checkedRemote(url);
  const to = checkedBranch(`natroute/${host}`);
  const trust = join(home, 'ledger-remote.gitconfig');
  if (remote.transport === 'file') {
    // The other end of a local transport believes only a file that the owner of the folder is to be trusted.
    const folders = [remote.url, join(remote.url, '.git')].map((path) => path.replace(/["\\]/g, '\\$&'));
    const lines = folders.map((path) => `\tdirectory = "${path}"\n`);
    await createFiles().write(trust, `[safe]\n${lines.join('')}`, 0o600);
  }
  const ssh = sshCommand({ key, knownHosts, ownKnownHosts: join(home, 'known_hosts'), program: 'ssh' });
  const git = createGit({
    ...{ folder, home, transport: remote.transport },
    config: remote.transport === 'ssh' ? [['core.sshCommand', ssh] as const, ['ssh.variant', 'ssh'] as const] : [],
    globalConfig: remote.transport === 'file' ? trust : null,
  });
  try {
    await git({
      args: ['push', '--porcelain', '--no-verify', '--', remote.url, `${branch}:refs/heads/${to}`],
      seconds: limits.fetchSeconds,
    });
  } catch (error) {
    if (!(error instanceof Fault) || (error.code !== 'command-failed' && error.code !== 'command-timeout')) throw error;
    if (/failed to push some refs/.test(error.detail.output ?? ''))
      throw new Fault('history-rewritten', `${remote.shown} does not take the ledger on its branch ${to}.`, {
        ...error.detail,
        help: 'It has entries there that this ledger has not (two hosts of one name, or a ledger that began anew), or refuses pushes. Rename its branch to keep it; the next push makes a new one.',
        cause: error,
      });
    const fault = unreachable(remote, error, limits.fetchSeconds);
    throw new Fault(fault.code, fault.message.replace('The state repository', "The ledger's remote"), {
      ...fault.detail,
      ...(fault.detail.help === undefined
        ? {}
        : { help: fault.detail.help.replaceAll('repository.url', 'ledger.remote') }),
    });
  }
}
