/** What git says when the other end cannot be used, in words for a person. */
import { Fault } from '../../model/fault.ts';
import type { Remote } from './remote.ts';

/** The first that matches counts. */
const remoteTroubles: readonly (readonly [pattern: RegExp, why: string, help: string])[] = [
  [
    // What dash and bash say of a program that is not there.
    /cannot run ssh|: [0-9]+: [^\n]*: not found|ssh: command not found/i,
    'ssh is not installed on this host',
    'Install it: apt-get install openssh-client',
  ],
  [
    /unprotected private key|bad permissions/i,
    'ssh does not use a key that others can read',
    'chmod 600 the file named as `repository.key`.',
  ],
  [
    /host key verification failed|no .* host key is known/i,
    'its ssh host key is not known or has changed',
    'Compare the host key with `ssh-keyscan`, then correct `repository.knownHosts`.',
  ],
  [
    /permission denied \(|permission denied, please try again/i,
    'it refuses our ssh key',
    'Look at `repository.key` and at the deploy keys of the repository.',
  ],
  [
    /could not resolve host|name or service not known|temporary failure in name resolution/i,
    'its name cannot be resolved',
    'Look at the name in `repository.url` and at the DNS of this host.',
  ],
  [
    /connection refused|couldn't connect to server/i,
    'it refuses the connection',
    'Is the git server running, and is its port right?',
  ],
  [
    /timed out|timeout, server|low speed limit|operation too slow/i,
    'it does not answer',
    'Look at the network between this host and the git server.',
  ],
  [
    /certificate|ssl|tls/i,
    'its certificate is not accepted',
    'Look at the date of this host and at the certificate of the git server.',
  ],
  [
    /authentication failed|could not read username|403|401/i,
    'it asks for a user name and password or refuses ours',
    'Use a deploy key over ssh, or put a token into `repository.url`.',
  ],
  [
    /dubious ownership/i,
    'git does not trust the owner of that folder',
    'chown the folder to the user that natroute runs as.',
  ],
  [
    /does not appear to be a git repository|repository .* not found|not found|no such file/i,
    'there is no git repository there',
    'Correct `repository.url` in the local config.',
  ],
];

/** A Fault of the factory, from a command that asked the remote, in words for a person. */
export function unreachable(remote: Remote, error: Fault, seconds: number): Fault {
  const output = error.detail.output ?? '';
  const detail = { ...error.detail, cause: error };
  if (error.code === 'command-timeout') {
    return new Fault('git-unreachable', `The state repository ${remote.shown} did not answer within ${seconds} s.`, {
      ...detail,
      help: 'Look at the network between this host and the git server; natroute goes on trying.',
    });
  }
  if (
    /fsck|index-pack failed|bad object|invalid .* in|badTree|unpack-objects/i.test(output) &&
    !/early EOF/i.test(output)
  ) {
    return new Fault('git-refused', `What ${remote.shown} sent did not pass git's own check of its objects.`, {
      ...detail,
      help: 'Somebody or something damaged or forged the repository: run `git fsck` on it.',
    });
  }
  const [, why, help] = remoteTroubles.find(([pattern]) => pattern.test(output)) ?? [];
  const said = output.split('\n').find((line) => /^(fatal|error|ssh):/.test(line)) ?? output.split('\n')[0] ?? '';
  return new Fault(
    'git-unreachable',
    `The state repository ${remote.shown} cannot be reached: ${why ?? (said === '' ? 'git does not say why' : said)}.`,
    { ...detail, ...(help === undefined ? {} : { help }) },
  );
}
