/** Whether what natroute trusts and keeps is safe: files, the repository's word, the disk, the ledger. */
import type { FileState } from '../../model/survey.ts';
import { fine, type HostFacts, missing, type Remark, risk } from './facts.ts';

const mebibyte = 1_048_576;
/** Below this the next entries of the ledger may not fit; below the other one nothing does. */
const lowBytes = 200 * mebibyte;
const noBytes = 10 * mebibyte;

export function safetyChecks(facts: HostFacts): readonly Remark[] {
  const { survey, repository, ledger, ledgerGap } = facts;
  const open = survey.files.flatMap(fileRemarks);
  return [
    ...open,
    ...(open.length === 0 ? [fine('permissions', 'config, keys and secrets are for root alone')] : []),
    ...disk(survey.disk),
    ledger === null ? fine('ledger', 'the ledger is whole at its end') : missing('ledger', ledger.problem, ledger.help),
    ...(typeof ledgerGap !== 'string'
      ? []
      : [
          risk(
            'ledger-gap',
            ledgerGap,
            'Find out who did it. A backup or the ledger remote may have the entries; `natroute history --verify` says more.',
          ),
        ]),
    ...generation(facts.spoiled),
    ...(repository.ssh && !repository.knownHosts
      ? [
          risk(
            'known-hosts',
            'repository.knownHosts is not set: whether this is the right git server is not checked by a file of its own',
            'ssh-keyscan HOST > /etc/natroute/known_hosts, compare the key with the server, and set repository.knownHosts.',
          ),
        ]
      : []),
    repository.signers
      ? fine('signers', 'only signed commits are applied')
      : risk(
          'signers',
          'whoever may push to the branch may change this firewall: commits need no signature',
          'Set repository.signers to a file of allowed signers (man ssh-keygen, ALLOWED SIGNERS).',
        ),
  ];
}

function fileRemarks({ path, secret, mode, owner }: FileState): readonly Remark[] {
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  const remarks: Remark[] = [];
  if (owner !== 0) remarks.push(risk('permissions', `${path} does not belong to root`, `chown root:root ${path}`));
  if ((mode & 0o022) !== 0)
    remarks.push(risk('permissions', `${path} may be changed by others (mode ${octal})`, `chmod go-w ${path}`));
  if (secret && (mode & 0o077) !== 0)
    remarks.push(
      risk('permissions', `${path} is secret and may be read by others (mode ${octal})`, `chmod 600 ${path}`),
    );
  return remarks;
}

/** What a pass reads of it stops the pass by itself; this is what only people look at. */
function generation(spoiled: HostFacts['spoiled']): readonly Remark[] {
  if ('problem' in spoiled) return [missing('generation', spoiled.problem, spoiled.help)];
  if (spoiled.length === 0) return [];
  const more = spoiled.length === 1 ? '' : ` and ${spoiled.length - 1} more`;
  return [
    risk(
      'generation',
      `the generation in force has ${spoiled[0] ?? ''}${more} not as it was written`,
      'Its rules are whole. Take the right one from `natroute render`; the next commit writes all of them anew.',
    ),
  ];
}

function disk(room: HostFacts['survey']['disk']): readonly Remark[] {
  if (room === null) return [];
  const free = `${Math.floor(room.freeBytes / mebibyte)} MiB free for /var/lib/natroute`;
  const help = 'Make room: without it nothing can be recorded, and what cannot be recorded is not applied.';
  if (room.freeBytes < noBytes) return [missing('disk', free, help)];
  return [room.freeBytes < lowBytes ? risk('disk', `only ${free}`, help) : fine('disk', free)];
}
