/** The local config: defaults, units, and what is refused. */
import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { parseConfig, showUrl } from '../../src/config.ts';
import type { Config, ConfigResult } from '../../src/config.ts';
import { showDiagnostics } from '../../src/core/diagnostics.ts';
import { problemOf } from '../../src/core/parse/formats.ts';

const parse = (text: string, hostname = 'dedibox'): ConfigResult =>
  parseConfig(text, '/etc/natroute/config.yaml', { hostname });
const good = (text: string): Config => {
  const { config, diagnostics } = parse(text);
  assert.deepEqual(diagnostics, []);
  return config ?? assert.fail();
};
const least = 'repository: { url: /srv/git/dom0.git }\n';

describe('the local config', () => {
  it('needs a url and nothing else', () => {
    assert.deepEqual(good(least), {
      repository: { url: '/srv/git/dom0.git', branch: 'main', key: null, knownHosts: null, signers: null },
      host: 'dedibox',
      schedule: '*/15 * * * * *',
      policy: { commits: 'apply', drift: 'heal', deletions: 'apply', stuckGuests: 'leave', mostDeletions: 1 / 3 },
      windows: { restart: [] },
      confirm: null,
      allow: { disks: [], bootloaders: [], kernels: [], scripts: [], bridges: [], options: [], sysctls: [] },
      listen: null,
      hook: null,
      notify: [],
      generations: { keep: 50, days: 365 },
      ledger: { remote: null, signingKey: null, days: null },
    });
  });

  it('reads everything, durations in seconds', () => {
    const config = good(`${least}host: web-1.example.org
schedule: "0 */5 * * * *"
policy: { commits: hold, drift: report, deletions: hold, stuckGuests: destroy, mostDeletions: 50% }
windows: { restart: [{ cron: "0 3 * * 0", for: 2h, timezone: Europe/Paris }, { cron: "0 4 * * *", for: 90m }] }
confirm: { within: 60s, probes: [{ tcp: "[2001:DB8::1]:179" }, { ping: gateway }, { ping: 192.0.2.1 }, { inbound: 22/tcp }] }
allow: { disks: ["/dev/vg0/*"], bridges: [br0] }
listen: "[::1]:9468"
hook: { listen: 0.0.0.0:9469, secretFile: /etc/natroute/hook_secret }
notify: [{ type: slack, urlFile: /etc/natroute/slack_url }, { type: slack, urlFile: /a, events: [drift] }]
generations: { keep: 3 }
ledger: { remote: git@git.example.org:ops/ledger.git, signingKey: /etc/natroute/ledger_key, days: 730 }
`);
    assert.deepEqual(config.generations, { keep: 3, days: 365 });
    assert.equal(config.host, 'web-1.example.org');
    assert.deepEqual(config.policy, {
      commits: 'hold',
      drift: 'report',
      deletions: 'hold',
      stuckGuests: 'destroy',
      mostDeletions: 0.5,
    });
    assert.deepEqual(config.windows.restart, [
      { cron: '0 3 * * 0', forSeconds: 7200, timezone: 'Europe/Paris' },
      { cron: '0 4 * * *', forSeconds: 5400, timezone: 'UTC' },
    ]);
    assert.deepEqual(config.confirm, {
      withinSeconds: 60,
      probes: [
        { kind: 'tcp', endpoint: { ip: '2001:db8::1', port: 179 } },
        { kind: 'ping', target: 'gateway' },
        { kind: 'ping', target: '192.0.2.1' },
        { kind: 'inbound', ports: { first: 22, last: 22 }, protocol: 'tcp' },
      ],
    });
    assert.deepEqual([config.allow.disks, config.allow.bridges, config.allow.options], [['/dev/vg0/*'], ['br0'], []]);
    assert.deepEqual(config.listen, { ip: '::1', port: 9468 });
    assert.deepEqual(config.hook, {
      listen: { ip: '0.0.0.0', port: 9469 },
      certificate: null,
      key: null,
      secretFile: '/etc/natroute/hook_secret',
    });
    assert.deepEqual(
      config.notify.map((n) => n.events),
      [['drift', 'failed', 'applied', 'held', 'rejected', 'suspended'], ['drift']],
    );
    assert.deepEqual(config.ledger, {
      remote: 'git@git.example.org:ops/ledger.git',
      signingKey: '/etc/natroute/ledger_key',
      days: 730,
    });
  });

  it('is told all that is wrong with it at once', () => {
    const { config, diagnostics } = parse(`repository: { ur: /srv, branch: ../main }
schedule: every minute
policy: { commits: maybe }
windows: { restart: [{ cron: "61 * * * *", for: 90 }] }
confirm: { within: 1 minute, probes: [{ tcp: "a:1", ping: gateway }, {}, { ping: www.example.org }] }
listen: 9468
hook: { listen: "0.0.0.0:0", key: /a, secretFile: hook }
notify: [{ type: pager, urlFile: /a, events: [] }]
polcy: {}
`);
    assert.equal(config, null);
    assert.equal(
      showDiagnostics(diagnostics)
        .split('\n')
        .filter((line) => line.includes(': error['))
        .map((line) => line.replace('/etc/natroute/config.yaml:', ''))
        .join('\n'),
      `1:1: error[missing-key]: repository has no "url"
1:15: error[unknown-key]: there is no key "ur" in repository
1:33: error[wrong-value]: "../main" is not a branch
2:11: error[wrong-value]: "every minute" is not a cron pattern
3:20: error[wrong-value]: policy.commits cannot be "maybe"
4:30: error[wrong-value]: "61 * * * *" is not a cron pattern
4:49: error[wrong-type]: windows.restart[0].for must be a text, and 90 is a number
5:20: error[wrong-value]: "1 minute" is not a duration
5:39: error[wrong-value]: confirm.probes[0] has more than one key
5:46: error[ip]: "a" is not an IP
5:70: error[missing-key]: confirm.probes[1] is empty
5:82: error[ip]: "www.example.org" is not an IP
6:9: error[wrong-type]: listen must be a text, and 9468 is a number
7:1: error[missing-key]: hook has no "certificate"
7:17: error[port]: 0 is not a port
7:51: error[wrong-value]: "hook" is not a full path
8:18: error[wrong-value]: notify[0].type cannot be "pager"
8:46: error[wrong-value]: notify[0].events is an empty list
9:1: error[unknown-key]: there is no key "polcy"`,
    );
  });

  it('is refused as a whole where it is no YAML, empty, or too large', () => {
    const codes = (text: string): readonly string[] => parse(text).diagnostics.map((d) => d.code);
    assert.deepEqual(codes(''), ['wrong-type']);
    assert.deepEqual(codes('repository: ['), ['yaml-syntax']);
    assert.deepEqual(codes('repository: &a { url: /a }\nledger: *a\n'), ['yaml-alias']);
    assert.deepEqual(codes(`${least}${least}`), ['yaml-duplicate-key']);
    assert.deepEqual(codes('#'.repeat(2_000_000)), ['file-too-large']);
  });

  it('asks for a name where the host name cannot serve as one', () => {
    const { config, diagnostics } = parse(least, 'dom 0');
    assert.equal(config, null);
    assert.deepEqual(
      diagnostics.map((d) => [d.code, d.help]),
      [['name', 'add host: NAME to the local config']],
    );
    assert.equal(parse(`${least}host: dom0\n`, 'dom 0').config?.host, 'dom0');
  });
});

describe('the repository url', () => {
  const taken = [
    'git@git.example.org:ops/dom0.git',
    'ops@git.example.org:dom0.git',
    'git@[2001:db8::1]:ops/dom0.git',
    'git@git.example.org:/srv/git/dom0.git',
    'git@git.example.org:~ops/dom0.git',
    'ssh://git@git.example.org/ops/dom0.git',
    'ssh://git@git.example.org:2222/ops/dom0.git',
    'ssh://[2001:db8::1]:2222/dom0.git',
    'https://git.example.org/ops/dom0.git',
    'https://git.example.org:8443/ops/dom0.git',
    'https://user:token-1~x@git.example.org/ops/dom0.git',
    '/srv/git/dom0.git',
    '/srv/my repositories/dom0',
    '/',
  ];
  for (const url of taken) it(`takes ${url}`, () => assert.equal(problemOf('repository-url', url), null));

  const refused = [
    '',
    '-',
    '--upload-pack=/bin/sh',
    '-oProxyCommand=id@host:x',
    'ext::sh -c id',
    'fd::17',
    'file:///srv/git',
    'http://git.example.org/a.git',
    'git://git.example.org/a.git',
    'ftp://git.example.org/a.git',
    'HTTPS::x',
    'ssh://-oProxyCommand=id/a',
    'ssh://git@-oProxyCommand=id/a',
    'ssh://-x@host/a',
    'git@-oProxyCommand=id:a',
    '-git@host:a',
    'git@host:-a',
    'git@host:--upload-pack=x',
    'host:path',
    'https://',
    'https://host',
    'https:///path',
    'https://host/a?x=1',
    'https://host/a#b',
    'https://ho st/a',
    'https://host/a\nb',
    'https://host/a\u0000',
    'https://host/../a',
    '/srv/../etc',
    '//host/share',
    'relative/path',
    './a',
    '~/a',
    'C:\\git',
    'git@host:a;id',
    'git@host:$(id)',
    'git@host:a b',
    'https://user:pa ss@host/a',
  ];
  for (const url of refused)
    it(`refuses ${JSON.stringify(url)}`, () => assert.equal(problemOf('repository-url', url)?.code, 'wrong-value'));

  it('never tells a password', () => {
    const { diagnostics } = parse('repository: { url: "ftp://ops:hunter2@host/a" }\n');
    assert.equal(diagnostics.length, 1);
    assert.doesNotMatch(diagnostics.map((d) => d.message + d.help).join(), /hunter2/);
    assert.equal(showUrl('https://ops:hunter2@host/a.git'), 'https://***@host/a.git');
    assert.equal(showUrl('https://ops:hun@ter2@host/a@b.git'), 'https://***@host/a@b.git');
    assert.equal(showUrl('https://ghp_token@host/a.git'), 'https://***@host/a.git');
    assert.equal(showUrl('ssh://git:pass@host/a'), 'ssh://***@host/a');
    assert.equal(showUrl('https://host/a.git'), 'https://host/a.git');
    assert.equal(showUrl('git@host:a/b.git'), 'git@host:a/b.git');
    assert.equal(showUrl('ssh://git@host:22/a'), 'ssh://git@host:22/a');
  });
});

describe('the branch', () => {
  for (const branch of ['main', 'ring-1', 'ops/dom0', 'v1.2', 'feature/x#1', '_a'])
    it(`takes ${branch}`, () => assert.equal(problemOf('branch', branch), null));
  for (const branch of [
    '',
    '-f',
    '--all',
    'a..b',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    'a\\b',
    '@{u}',
    'HEAD',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a.lock',
    'a.',
    'refs/heads/main',
    'a\nb',
  ])
    it(`refuses ${JSON.stringify(branch)}`, () => assert.equal(problemOf('branch', branch)?.code, 'wrong-value'));
});
