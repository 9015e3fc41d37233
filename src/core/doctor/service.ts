/** Whether natroute runs, comes back after a reboot, and is alone in restoring rules; and whether the clock is right. */
import { fine, type HostFacts, type Remark, risk } from './facts.ts';

const unit = 'natroute.service';

/** Services that load rules of their own at boot, or when they are reloaded. */
const restorers: Readonly<Record<string, string>> = {
  'netfilter-persistent.service': 'it restores /etc/iptables/rules.v4 and rules.v6 as they were saved',
  'iptables.service': 'it restores the rules as they were saved',
  'ferm.service': 'it replaces the whole tables that its config names',
  'ufw.service': 'a nat section in its before.rules is added again at each reload',
  'firewalld.service': 'it keeps nat rules of its own in nft',
  'shorewall.service': 'it replaces the whole tables',
  'nftables.service':
    '/etc/nftables.conf usually begins with `flush ruleset`, which takes the rules of iptables-nft with it',
};

export function serviceChecks({ daemon, survey }: HostFacts): readonly Remark[] {
  return [running(daemon), ...units(survey.enabledUnits), clock(survey.clockSynchronised, survey.timezone)];
}

function running(daemon: HostFacts['daemon']): Remark {
  if (daemon === true) return fine('daemon', 'the daemon runs and answers');
  if (daemon === false)
    return risk(
      'daemon',
      'the daemon does not run: nothing follows the repository',
      'systemctl start natroute, or `natroute run` in a terminal.',
    );
  return risk('daemon', daemon.problem, daemon.help ?? 'systemctl status natroute, and restart it.');
}

function units(enabled: readonly string[] | null): readonly Remark[] {
  if (enabled === null) return [];
  const others = Object.entries(restorers).filter(([name]) => enabled.includes(name));
  return [
    enabled.includes(unit)
      ? fine('unit', 'natroute starts at boot')
      : risk(
          'unit',
          'nothing starts natroute at boot: after a reboot its rules are gone',
          `systemctl enable ${unit.replace('.service', '')}`,
        ),
    ...others.map(([name, why]) =>
      risk(
        'restored-at-boot',
        `${name} is enabled too: ${why}`,
        `Keep natroute's rules out of it, or: systemctl disable ${name.replace('.service', '')}`,
      ),
    ),
  ];
}

function clock(synchronised: boolean | null, timezone: string): Remark {
  if (synchronised === true) return fine('clock', `the clock is synchronised; timezone ${timezone}`);
  return risk(
    'clock',
    synchronised === false
      ? `the clock is not synchronised (timezone ${timezone}): \`until\` and the times of the ledger may be wrong`
      : `whether the clock is synchronised cannot be found out (timezone ${timezone})`,
    'apt-get install chrony, or: timedatectl set-ntp true',
  );
}
