// Promise: an alert reads on a phone, is told once, shows no secret, and every receiver gets it in a form that it takes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Ajv } from 'ajv';
import { appliedAlert, commitAlert, driftAlert, failedAlert, testAlert } from '../../src/core/alert/alerts.ts';
import { envelopeOf } from '../../src/core/alert/envelope.ts';
import { takeTurn, type Throttle } from '../../src/core/alert/throttle.ts';
import { newsOf } from '../../src/core/alert/topic.ts';
import { parseConfig } from '../../src/config.ts';
import { alertEvents, type Alert, type Envelope, type Message, type Receiver } from '../../src/model/alert.ts';
import type { Change } from '../../src/model/change.ts';
import { limits } from '../../src/model/limits.ts';

const at = '2026-11-22T21:04:05.678Z';
const events = alertEvents;
const rule =
  '-p tcp -m tcp --dport 80 -m comment --comment "natroute web main:80/tcp" -j DNAT --to-destination 192.168.1.1:80';
const gone: Change = {
  action: 'delete',
  kind: 'rule',
  family: 'v4',
  chain: 'NR-A-main',
  key: 'natroute web main:80/tcp',
  before: rule,
  after: null,
  counters: null,
  note: null,
  at: null,
};
const commit = {
  commit: '3f2a91c0de',
  author: 'Bob <bob@example.org>',
  authoredAt: at,
  subject: 'Ping @everyone <!channel> *now*',
  signature: 'none',
} as const;
const bob = { process: 'iptables', pid: 4393, user: 'bob' };
const drift = driftAlert({ at, changes: [gone], actors: [bob], impact: [], healed: true });
const message = (...alerts: Alert[]): Message => ({ id: 'a'.repeat(32), host: 'dedibox', at, alerts, dropped: 0 });
const bodyOf = (envelope: Envelope): string => (envelope.kind === 'http' ? envelope.body : envelope.input);
const slack: Receiver = { type: 'slack', urlFile: '/u', events };
const webhook: Receiver = { type: 'webhook', urlFile: '/u', tokenFile: '/t', events };
const ntfy: Receiver = { type: 'ntfy', urlFile: '/u', tokenFile: null, events };
const mail: Receiver = { type: 'mail', to: ['ops@example.org', 'root'], from: 'natroute@example.org', events };
const textOf = (m: Message): string => (JSON.parse(bodyOf(envelopeOf(webhook, m))) as { text: string }).text;

describe('an alert', () => {
  it('says host, what, who, done or not, and where there is more', () => {
    assert.equal(
      textOf(message(drift)),
      `dedibox: 1 rule deleted by hand, put back

- web main:80/tcp
by iptables, pid 4393, user bob
healed: the rules are as they were
at 2026-11-22 21:04:05Z, more: natroute history`,
    );
    const left = driftAlert({ at, changes: [gone], actors: [], impact: [], healed: false });
    assert.match(
      textOf(message(left)),
      /^dedibox: 1 rule deleted by hand\n\n- web.*\nleft as it is\n.*natroute drift$/,
    );
  });

  it('names a stranger by its text and everything else by what it is', () => {
    const jump = '-m comment --comment natroute -j NR-DST';
    const lines = [
      { ...gone, action: 'create', before: null, after: '-p tcp -j ACCEPT', key: '-p tcp -j ACCEPT' },
      {
        ...gone,
        kind: 'jump',
        chain: 'PREROUTING',
        key: 'natroute',
        before: jump,
      },
      { ...gone, kind: 'chain', key: 'NR-A-main', before: null },
      {
        ...gone,
        kind: 'jump',
        action: 'update',
        chain: 'OUTPUT',
        key: 'natroute',
        note: 'moved',
        before: jump,
        after: jump,
      },
    ] as const;
    assert.deepEqual(driftAlert({ at, changes: lines, actors: [], impact: [], healed: true }).what, [
      '+ NR-A-main: -p tcp -j ACCEPT',
      '- jump PREROUTING',
      '- chain NR-A-main',
      '~ jump OUTPUT is not the first rule any more',
    ]);
  });

  it('gathers several, and says how many more there are', () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      failedAlert({ at, lane: 'fetch', reason: `reason ${i}`, help: null }),
    );
    const text = textOf({ ...message(...many), dropped: 7 });
    assert.match(text, /^dedibox: new commits cannot be fetched \(and 29 more\)\n/);
    assert.match(text, /reason 9\n/);
    assert.doesNotMatch(text, /reason 10\n/);
    assert.match(text, /And 20 more alerts: natroute history\n\n7 older alerts never got through and will not come/);
  });

  it('is short, whatever it is about', () => {
    const changes = Array.from({ length: 5000 }, (_, i) => ({ ...gone, key: `k${i}`, before: 'x'.repeat(9000) }));
    const alert = driftAlert({ at, changes, actors: [], impact: [], healed: false });
    assert.equal(alert.what.length, limits.alertLines + 1);
    assert.equal(alert.what.at(-1), `and ${5000 - limits.alertLines} more`);
    assert.ok(JSON.stringify(alert).length < 3000);
  });

  it('shows no password, and nothing that draws or breaks a line', () => {
    const reason = 'cannot read https://ops:hunter2@git.example.org/a\n\u001b[31mred\u202e';
    for (const alert of [
      failedAlert({ at, lane: 'fetch', reason, help: reason }),
      commitAlert('rejected', { at, commit: { ...commit, subject: reason, author: reason }, text: reason }),
      appliedAlert({
        at,
        commit: { ...commit, subject: reason, author: reason },
        text: reason,
        impact: [],
        changes: [],
      }),
      driftAlert({
        ...{ at, changes: [], impact: [], healed: true },
        actors: [{ process: reason, pid: 1, user: null }],
      }),
    ]) {
      assert.doesNotMatch(JSON.stringify(alert), /hunter2|\\u001b|\\n|\u202e/);
      assert.match(JSON.stringify(alert), /https:\/\/\*\*\*@git\.example\.org\/a/);
    }
  });
});

describe('a trouble', () => {
  const failed = (reason: string): Alert => failedAlert({ at, lane: 'network', reason, help: null });

  it('is told at its beginning, at its end, and when it becomes another', () => {
    const first = failed('iptables failed (exit 4): pid 17');
    assert.equal(newsOf(null, first, at), first);
    assert.equal(newsOf(first, failed('iptables failed (exit 4): pid 18'), at), null);
    const other = failed('the disk is full');
    assert.equal(newsOf(first, other, at), other);
    const end = newsOf(first, null, '2026-11-22T22:00:00.000Z');
    assert.deepEqual(
      [end?.state, end?.event, end?.title, end?.at],
      ['resolved', 'failed', 'resolved: the firewall could not be brought to its target', '2026-11-22T22:00:00.000Z'],
    );
    assert.equal(newsOf(null, null, at), null);
  });
});

describe('one receiver', () => {
  it('is told a few things at once, then one in a while', () => {
    let throttle: Throttle = { left: limits.alertsAtOnce, at: 0 };
    const take = (uptime: number): number | null => {
      const turn = takeTurn(throttle, uptime);
      if (turn.next !== null) throttle = turn.next;
      return turn.waitSeconds;
    };
    for (let i = 0; i < limits.alertsAtOnce; i++) assert.equal(take(1), null);
    const pause = limits.alertPauseSeconds;
    assert.ok(Math.abs((take(1) ?? 0) - pause) < 1.1);
    assert.equal(take(pause + 1), null);
    assert.notEqual(take(pause + 1), null);
    for (let i = 0; i < limits.alertsAtOnce; i++) assert.equal(take(1e6), null);
    assert.notEqual(take(1e6), null);
  });
});

describe('what a receiver gets', () => {
  it('webhook: JSON as its schema has it', () => {
    const ajv = new Ajv({
      strict: true,
      strictTypes: false,
      formats: { 'date-time': (s: string) => !isNaN(Date.parse(s)) },
    });
    const path = join(import.meta.dirname, '..', '..', 'schemas', 'alert.schema.json');
    const validate = ajv.compile(JSON.parse(readFileSync(path, 'utf8')) as object);
    const resolved = newsOf(failedAlert({ at, lane: 'fetch', reason: 'x', help: null }), null, at);
    for (const one of [
      message(drift, testAlert(at), commitAlert('held', { at, commit: null, text: 'held' })),
      { ...message(resolved!), dropped: 3 },
    ]) {
      assert.ok(validate(JSON.parse(bodyOf(envelopeOf(webhook, one)))), JSON.stringify(validate.errors));
    }
    const command = envelopeOf({ type: 'command', command: ['/bin/page', '-q'], events }, message(drift, drift));
    assert.ok(command.kind === 'program' && validate(JSON.parse(command.input)));
    assert.deepEqual([command.file, command.args], ['/bin/page', ['-q']]);
    assert.deepEqual(command.env, {
      NATROUTE_HOST: 'dedibox',
      NATROUTE_EVENTS: 'drift',
      NATROUTE_DELIVERY: 'a'.repeat(32),
    });
  });

  it('slack: text that pages nobody and keeps its signs', () => {
    const applied = appliedAlert({ at, commit, text: 'done & <b>', impact: [], changes: [gone] });
    const { text } = JSON.parse(bodyOf(envelopeOf(slack, message(applied)))) as { text: string };
    assert.match(
      text,
      /^\*dedibox: applied "Ping @\u200beveryone &lt;!channel&gt; \u200b\*now\u200b\*"\*\n- web main:80\/tcp\n/,
    );
    assert.match(text, /done &amp; &lt;b&gt;/);
    assert.match(text, /by Bob &lt;bob@example\.org&gt;/);
  });

  it('ntfy: a title of ASCII and no more than it shows', () => {
    const wide = appliedAlert({ at, commit: { ...commit, subject: 'Öffne ssh' }, text: '', impact: [], changes: [] });
    const many = Array.from({ length: 10 }, () => ({
      ...wide,
      what: Array.from({ length: 8 }, () => 'ö'.repeat(200)),
    }));
    const envelope = envelopeOf(ntfy, message(...many));
    assert.ok(envelope.kind === 'http');
    assert.equal(envelope.headers['title'], 'dedibox: applied "?ffne ssh" (and 9 more)');
    assert.equal(envelope.headers['priority'], '3');
    assert.ok(Buffer.byteLength(envelope.body) <= limits.ntfyBytes);
    assert.match(envelope.body, /ö\n\.\.\.$/);
    const urgent = envelopeOf(ntfy, message(drift));
    assert.ok(urgent.kind === 'http' && urgent.headers['priority'] === '4');
  });

  it('mail: headers that hold nothing from outside but a title of ASCII', () => {
    const envelope = envelopeOf(mail, message(drift));
    assert.ok(envelope.kind === 'program');
    assert.deepEqual([envelope.file, envelope.args], ['sendmail', ['-i', '-t', '-f', 'natroute@example.org']]);
    assert.equal(
      envelope.input.split('\n\n')[0],
      `From: natroute <natroute@example.org>
To: ops@example.org, root
Subject: [natroute] dedibox: 1 rule deleted by hand, put back
Date: Sun, 22 Nov 2026 21:04:05 +0000
Message-ID: <${'a'.repeat(32)}@dedibox>
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit`,
    );
  });
});

describe('notify in the local config', () => {
  const parse = (notify: string) =>
    parseConfig(`repository: { url: /a }\nnotify:\n  - ${notify}\n`, 'c', { hostname: 'x' });

  it('takes each kind with its own keys', () => {
    assert.deepEqual(parse('{type: ntfy, urlFile: /u, tokenFile: /t, events: [failed]}').config?.notify, [
      { type: 'ntfy', urlFile: '/u', tokenFile: '/t', events: ['failed'] },
    ]);
    assert.deepEqual(parse('{type: webhook, urlFile: /u}').config?.notify, [{ ...webhook, tokenFile: null }]);
    assert.deepEqual(parse('{type: mail, to: [root]}').config?.notify, [
      { type: 'mail', to: ['root'], from: null, events },
    ]);
    assert.deepEqual(parse('{type: command, command: [/bin/page, "-x y"]}').config?.notify, [
      { type: 'command', command: ['/bin/page', '-x y'], events },
    ]);
  });

  it('says what a kind lacks and what it has no use for', () => {
    const told = (notify: string): readonly string[] =>
      parse(notify).diagnostics.map((d) => `${d.at?.line}:${d.at?.column} ${d.message}`);
    assert.deepEqual(told('{type: slack}'), ['3:6 notify[0] has no "urlFile"']);
    assert.deepEqual(told('{type: mail, urlFile: /u, to: [a@b]}'), [
      '3:18 notify[0] of type mail does not use "urlFile"',
    ]);
    assert.deepEqual(told('{type: slack, urlFile: /u, tokenFile: /t}'), [
      '3:32 notify[0] of type slack does not use "tokenFile"',
    ]);
    assert.deepEqual(told('{type: command, command: [page]}'), ['3:21 notify[0] names its program without a path']);
    assert.equal(parse('{type: mail, to: ["a@b, c@d"]}').config, null);
    assert.equal(parse('{type: mail, to: ["-oX"]}').config, null);
  });
});
