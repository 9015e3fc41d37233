// Promise: doctor's checks are pure; each trouble of a host is told once, as what it is, with what to do; a host in order
// has nothing amiss; and trouble comes first.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { examine } from '../../src/core/doctor/doctor.ts';
import type { HostFacts } from '../../src/core/doctor/facts.ts';
import { doctorText } from '../../src/core/views/doctor.ts';
import { plain } from '../../src/core/views/paint.ts';
import type { Survey } from '../../src/model/survey.ts';

const survey: Survey = {
  missing: [],
  otherBackend: false,
  namespaceTrouble: null,
  monitorTrouble: null,
  audit: { enabled: true, never: false, source: 'auditd', loginsUnnoted: [] },
  forwarding: { v4: true, v6: true },
  conntrack: { count: 10, most: 1000 },
  bridgeCallsIptables: false,
  disk: { freeBytes: 10 ** 10 },
  files: [{ path: '/etc/natroute/config.yaml', secret: false, mode: 0o100644, owner: 0 }],
  timezone: 'Europe/Paris',
  clockSynchronised: true,
  enabledUnits: ['cron.service', 'natroute.service'],
};
const good: HostFacts = {
  netfilter: { backend: 'nft', version: '1.8.9', compareAndSwap: 'generation' },
  netfilter6: { backend: 'nft', version: '1.8.9', compareAndSwap: 'generation' },
  receivers: 1,
  survey,
  repository: { ssh: true, knownHosts: true, signers: true },
  ledger: null,
  ledgerGap: null,
  spoiled: [],
  daemon: true,
};
const wrong = (facts: HostFacts): readonly string[] =>
  examine(facts).flatMap(({ severity, code, text }) => (severity === 'fine' ? [] : [`${severity} ${code}: ${text}`]));
const surveyed = (more: Partial<Survey>): HostFacts => ({ ...good, survey: { ...survey, ...more } });
const audit = (more: Partial<Survey['audit']>): HostFacts => surveyed({ audit: { ...survey.audit, ...more } });
const file = (mode: number, more: object = {}): HostFacts =>
  surveyed({ files: [{ path: '/etc/k', secret: true, mode: 0o100000 + mode, owner: 0, ...more }] });

describe('what doctor finds', () => {
  it('is nothing amiss on a host in order', () => {
    assert.deepEqual(wrong(good), []);
    for (const code of ['iptables', 'ip6tables', 'monitor', 'audit', 'disk', 'ledger', 'daemon', 'unit', 'clock'])
      assert.ok(
        examine(good).some((remark) => remark.code === code && remark.help === null),
        code,
      );
  });

  const legacy = { backend: 'legacy', version: '1.8.4', compareAndSwap: 'none' } as const;
  const troubles: readonly (readonly [facts: HostFacts, ...found: RegExp[]])[] = [
    [{ ...good, netfilter: { problem: 'iptables is missing', help: null } }, /^error iptables: iptables is missing$/],
    [{ ...good, netfilter6: { problem: 'no ip6tables', help: 'Install it.' } }, /^error ip6tables: no ip6tables$/],
    [{ ...good, netfilter: legacy }, /^warning iptables: .*1\.8\.4.* may be lost$/, /^warning different-backends: /],
    [surveyed({ otherBackend: true }), /^warning both-backends: /],
    [surveyed({ namespaceTrouble: 'not permitted' }), /^warning namespaces: .*not permitted$/],
    [surveyed({ missing: ['git'] }), /^error program: git is not installed/],
    [surveyed({ missing: ['conntrack'] }), /^warning program: conntrack is not installed/],
    [surveyed({ missing: ['nft'], monitorTrouble: 'ENOENT' }), /^warning program: nft is not installed/],
    [surveyed({ missing: ['inotifywait'] })],
    [
      {
        ...surveyed({ missing: ['inotifywait'], monitorTrouble: 'not asked for there' }),
        netfilter: { ...legacy, compareAndSwap: 'lock' },
        netfilter6: { ...legacy, compareAndSwap: 'lock' },
      },
      /^warning program: inotifywait /,
    ],
    [surveyed({ monitorTrouble: 'not permitted' }), /^warning monitor: .*not permitted$/],
    [surveyed({ forwarding: { v4: false, v6: true } }), /^warning ip-forward: the kernel forwards no packets/],
    [surveyed({ conntrack: null }), /^warning conntrack: .*not loaded/],
    [
      surveyed({ conntrack: { count: 800, most: 1000 } }),
      /^warning conntrack: .*800 connections of at most 1000.*full/,
    ],
    [surveyed({ bridgeCallsIptables: true }), /^warning bridge-nf: /],
    [audit({ enabled: false }), /^warning audit: auditing is off/],
    [audit({ enabled: null }), /^warning audit: whether auditing is on cannot/],
    [audit({ source: null }), /^warning audit: .*not kept where natroute can read it$/],
    [audit({ never: true }), /^warning audit-never: /],
    [audit({ loginsUnnoted: ['sshd'] }), /^warning audit-login: who logs in by sshd is not noted/],
    [file(0o600)],
    [file(0o640), /^warning permissions: \/etc\/k is secret and may be read by others \(mode 0640\)$/],
    [file(0o600, { owner: 1000 }), /^warning permissions: \/etc\/k does not belong to root$/],
    [file(0o664, { secret: false }), /^warning permissions: \/etc\/k may be changed by others/],
    [surveyed({ disk: { freeBytes: 10 ** 8 } }), /^warning disk: only 95 MiB free/],
    [surveyed({ disk: { freeBytes: 10 ** 6 } }), /^error disk: 0 MiB free/],
    [
      { ...good, ledger: { problem: 'its end is unreadable', help: 'mend it' } },
      /^error ledger: its end is unreadable$/,
    ],
    [
      { ...good, spoiled: ['graph.svg', 'guests/web/interfaces'] },
      /^warning generation: the generation in force has graph\.svg and 1 more not as it was written/,
    ],
    [{ ...good, spoiled: { problem: 'it is damaged', help: null } }, /^error generation: it is damaged/],
    [{ ...good, ledgerGap: 'all that was written down before is gone' }, /^warning ledger-gap: all that was/],
    [{ ...good, repository: { ssh: true, knownHosts: false, signers: true } }, /^warning known-hosts: /],
    [{ ...good, repository: { ssh: false, knownHosts: false, signers: true } }],
    [{ ...good, repository: { ssh: true, knownHosts: true, signers: false } }, /^warning signers: /],
    [{ ...good, daemon: false }, /^warning daemon: the daemon does not run/],
    [{ ...good, daemon: { problem: 'it hangs', help: null } }, /^warning daemon: it hangs$/],
    [surveyed({ enabledUnits: [] }), /^warning unit: nothing starts natroute at boot/],
    [surveyed({ enabledUnits: null })],
    [
      surveyed({ enabledUnits: ['natroute.service', 'ferm.service', 'netfilter-persistent.service'] }),
      /^warning restored-at-boot: netfilter-persistent\.service is enabled too/,
      /^warning restored-at-boot: ferm\.service is enabled too/,
    ],
    [
      surveyed({ clockSynchronised: false }),
      /^warning clock: the clock is not synchronised \(timezone Europe\/Paris\)/,
    ],
    [surveyed({ clockSynchronised: null }), /^warning clock: whether the clock is synchronised cannot/],
    [{ ...good, receivers: 0 }, /^warning notify: nobody is told/],
  ];
  for (const [facts, ...found] of troubles)
    it(found.length === 0 ? 'is nothing where nothing is needed' : String(found[0]), () => {
      const told = wrong(facts);
      assert.equal(told.length, found.length, told.join('\n'));
      for (const [i, expected] of found.entries()) assert.match(told[i] ?? '', expected);
      for (const { severity, help, code } of examine(facts))
        assert.ok(severity !== 'warning' || (help ?? '') !== '', `${code} says not what to do`);
    });
});

it('shows trouble first, each with its help', () => {
  const remarks = examine({
    ...good,
    netfilter: { problem: 'iptables is not installed', help: 'Install it.' },
    receivers: 0,
  });
  const told = remarks.filter(({ code }) => ['iptables', 'notify', 'ledger'].includes(code));
  const deliveries = [
    { receiver: 'slack-1', problem: null, help: null },
    { receiver: 'ntfy-2', problem: 'it is down', help: null },
  ];
  assert.equal(
    doctorText({ host: 'dedibox', remarks: told.toReversed(), deliveries }, plain),
    `dedibox: 2 things to look at
  error    iptables: iptables is not installed
           help: Install it.
  warning  notify: nobody is told when somebody touches the firewall
           help: Add \`notify\` to the local config; \`natroute doctor --notify\` sends a test alert.
  fine     ledger: the ledger is whole at its end

Test alert:
  slack-1           arrived
  ntfy-2            it is down
`,
  );
});
