/** Whether the programs are there that natroute starts, and what each is missed for. */
import { fine, type HostFacts, missing, type Remark, risk } from './facts.ts';

interface Tool {
  readonly program: string;
  readonly debian: string;
  readonly needed: boolean;
  readonly without: string;
}

export const tools: readonly Tool[] = [
  { program: 'git', debian: 'git', needed: true, without: 'nothing can be fetched or recorded' },
  { program: 'flock', debian: 'util-linux', needed: true, without: 'two passes cannot be kept apart' },
  { program: 'setpriv', debian: 'util-linux', needed: false, without: 'changes by hand are found by looks only' },
  {
    program: 'conntrack',
    debian: 'conntrack',
    needed: false,
    without: 'connections of a forward that closes go on until they end',
  },
  {
    program: 'nft',
    debian: 'nftables',
    needed: false,
    without: "nft's own chains stay unseen, and a change by hand is found later and without a name",
  },
];

export function toolChecks({ survey, netfilter }: HostFacts): readonly Remark[] {
  const gone = tools.filter(({ program }) => survey.missing.includes(program));
  const legacy = 'backend' in netfilter && netfilter.backend === 'legacy';
  return [
    ...gone.map(({ program, debian, needed, without }) =>
      (needed ? missing : risk)(
        'program',
        `${program} is not installed: ${without}`,
        `Install it: apt-get install ${debian}`,
      ),
    ),
    ...(gone.length === 0 ? [fine('program', `${tools.map(({ program }) => program).join(', ')} are installed`)] : []),
    ...(legacy && survey.missing.includes('inotifywait')
      ? [
          risk(
            'program',
            'inotifywait is not installed: on the legacy backend a change by hand is found by looks only',
            'Install it: apt-get install inotify-tools',
          ),
        ]
      : []),
    ...(legacy || survey.missing.includes('nft') ? [] : [monitor(survey.monitorTrouble)]),
  ];
}

function monitor(trouble: string | null): Remark {
  if (trouble === null) return fine('monitor', 'nft monitor runs: a change by hand is seen at once');
  return risk(
    'monitor',
    `nft monitor does not run, so a change by hand is found by looks only: ${trouble}`,
    'Run natroute as root and with CAP_NET_ADMIN.',
  );
}
