/** Whether the audit trail can tell who made a drift. */
import { fine, type HostFacts, type Remark, risk } from './facts.ts';

const switchOn =
  'apt-get install auditd, then auditctl -e 1 (and systemctl enable --now auditd for the next boot). ' +
  'Whole command lines come with: auditctl -a always,exit -F arch=b64 -S execve -F euid=0 -k root-commands';

export function auditChecks({ survey: { audit } }: HostFacts): readonly Remark[] {
  if (audit.enabled !== true)
    return [
      risk(
        'audit',
        audit.enabled === false
          ? 'auditing is off: of a drift only the program is known, and on the legacy backend not even that'
          : 'whether auditing is on cannot be asked: a drift may stay without a user and a command line',
        switchOn,
      ),
    ];
  return [source(audit.source), ...never(audit.never), ...logins(audit.loginsUnnoted)];
}

function source(kind: HostFacts['survey']['audit']['source']): Remark {
  if (kind === 'auditd') return fine('audit', "auditing is on: who made a drift is read from auditd's log");
  if (kind === 'journal') return fine('audit', 'auditing is on: who made a drift is read from the journal');
  return risk(
    'audit',
    'auditing is on, but its trail is not kept where natroute can read it',
    'apt-get install auditd, or systemctl enable --now systemd-journald-audit.socket; and run natroute as root.',
  );
}

function never(rule: boolean | null): readonly Remark[] {
  if (rule !== true) return [];
  return [
    risk(
      'audit-never',
      'an audit rule `-a never,task` keeps the kernel from noting users and command lines',
      'Take it out of /etc/audit/rules.d/ (often 10-no-audit.rules), then: augenrules --load; running programs keep it.',
    ),
  ];
}

function logins(services: readonly string[]): readonly Remark[] {
  if (services.length === 0) return [];
  return [
    risk(
      'audit-login',
      `who logs in by ${services.join(' or ')} is not noted, so a drift cannot name them`,
      `Add this line to ${services.map((name) => `/etc/pam.d/${name}`).join(' and ')}: session required pam_loginuid.so`,
    ),
  ];
}
