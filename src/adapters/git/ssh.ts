/** The ssh command that git runs: no questions, only the key and the known hosts of the local config, no forwarding. */
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';

export interface SshOptions {
  readonly key: string | null;
  readonly knownHosts: string | null;
  /** Where hosts seen for the first time are noted when there is no `knownHosts`. */
  readonly ownKnownHosts: string;
  /** The program; `ssh` unless a test brings its own. */
  readonly program: string;
}

/** Git hands the command to a shell. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A path as a value of ssh's configuration, which has quotes, `%` tokens and `${}` of its own. */
function sshPath(path: string, name: string): string {
  if (!path.startsWith('/') || /["$\\\u0000-\u001f\u007f]/.test(path)) {
    throw new Fault('git-refused', `The path of \`repository.${name}\` is refused: ${JSON.stringify(path)}.`, {
      help: 'Use an absolute path without quotes, dollar signs, backslashes and control characters.',
    });
  }
  return path.replaceAll('%', '%%');
}

export function sshCommand(options: SshOptions): string {
  const strict = options.knownHosts !== null;
  const known = sshPath(options.knownHosts ?? options.ownKnownHosts, 'knownHosts');
  const settings: string[] = [
    'BatchMode=yes',
    `StrictHostKeyChecking=${strict ? 'yes' : 'accept-new'}`,
    `UserKnownHostsFile="${known}"`,
    // Where known hosts are given, no other list may vouch for a host.
    ...(strict ? ['GlobalKnownHostsFile=/dev/null'] : []),
    'UpdateHostKeys=no',
    `ConnectTimeout=${limits.lsRemoteSeconds}`,
    'ServerAliveInterval=5',
    'ServerAliveCountMax=4',
    // A shared master connection would outlive git and hold its pipes.
    'ControlMaster=no',
    'ControlPath=none',
    'ClearAllForwardings=yes',
    'ForwardAgent=no',
    'ForwardX11=no',
    'PermitLocalCommand=no',
    'LogLevel=ERROR',
    // As a setting, because `-i` looks for the path before its tokens are read.
    ...(options.key === null
      ? []
      : [`IdentityFile="${sshPath(options.key, 'key')}"`, 'IdentitiesOnly=yes', 'IdentityAgent=none']),
  ];
  return [options.program, '-T', ...settings.flatMap((setting) => ['-o', setting])].map(shellWord).join(' ');
}
