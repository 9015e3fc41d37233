// Promise: what leaves the host arrives, whatever the other side does. Alerts: a receiver that is down, answers 500 or
// hangs, and a daemon killed meanwhile, lose none and double none. The ledger's remote: away and back, it gets all entries.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { startDaemon, type Daemon } from '../../deploy/sandbox/commands.ts';
import { inside } from '../../deploy/sandbox/network.ts';
import { startSandbox, type Sandbox } from '../../deploy/sandbox/sandbox.ts';
import { makeState, writeConfig } from '../../deploy/sandbox/state.ts';
import type { Message } from '../../src/model/alert.ts';

const port = 9099;
const comesMs = 30_000;

/** Does with each request what the file says, and writes down what it did. */
const receiverScript = `
const fs = require('node:fs');
const [, mode, log] = process.argv;
require('node:http').createServer((request, reply) => {
  let body = '';
  request.setEncoding('utf8').on('data', (text) => (body += text)).on('end', () => {
    const how = fs.readFileSync(mode, 'utf8').trim();
    fs.appendFileSync(log, JSON.stringify({ how, delivery: request.headers['x-natroute-delivery'], body: JSON.parse(body) }) + '\\n');
    if (how !== 'hang') reply.writeHead(Number(how)).end();
  });
}).listen(${port}, '127.0.0.1');
`;

interface Received {
  readonly how: '200' | '500' | 'hang';
  readonly delivery: string;
  readonly body: {
    readonly id: string;
    readonly dropped: number;
    readonly text: string;
    readonly alerts: readonly {
      readonly event: string;
      readonly what: readonly string[];
      readonly who: string | null;
    }[];
  };
}

let sandbox: Sandbox;
let daemon: Daemon;
let receiver: Daemon | null = null;

const file = (name: string): string => sandbox.path(`${inside.temporary}/${name}`);
const behave = (how: Received['how']): void => writeFileSync(file('mode'), how);
const received = (): readonly Received[] =>
  existsSync(file('received'))
    ? readFileSync(file('received'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Received)
    : [];

async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + comesMs; !holds();) {
    if (Date.now() > end) assert.fail(`${what} did not come within ${comesMs} ms:\n${daemon.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const said = (words: string): number => daemon.log().split(words).length - 1;

/** Opens a port by hand, and waits until natroute has closed it again. */
async function touch(dport: number): Promise<void> {
  const healed = said('healed: ');
  const rule = `-p tcp --dport ${dport} -j DNAT --to-destination 192.168.1.9`.split(' ');
  await sandbox.must('dom0', ['iptables', '-w', '5', '-t', 'nat', '-I', 'NR-A-main', '1', ...rule]);
  await until(`the end of port ${dport}`, () => said('healed: ') > healed);
}

async function startReceiver(): Promise<void> {
  const program = [process.execPath, '-e', receiverScript, `${inside.temporary}/mode`, `${inside.temporary}/received`];
  receiver = await startDaemon(sandbox.enter('dom0', program), sandbox.path(`${inside.folder}/receiver.log`));
}

const waiting = (): Promise<string> =>
  sandbox.must('dom0', ['find', `${inside.root}/var/lib/natroute/alerts`, '-path', '*/webhook-*', '-name', '*.json']);

const remote = `${inside.folder}/fleet.git`;

async function level(): Promise<void> {
  const ledger = `${inside.root}/var/lib/natroute/ledger.git`;
  const head = (folder: string, ref: string): Promise<string> =>
    sandbox.must('dom0', ['git', '-C', folder, 'rev-parse', '--verify', ref]);
  for (const end = Date.now() + comesMs; ;) {
    if ((await head(ledger, 'HEAD')) === (await head(remote, 'refs/heads/natroute/dedibox'))) return;
    assert.ok(Date.now() < end, `the remote did not get all entries:\n${daemon.log()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const failedFile = `${inside.temporary}/failed`;
const failures = `{type: command, command: [/bin/sh, -c, "cat >> ${failedFile}"], events: [failed]}`;

const ledgerAlerts = (): readonly string[] =>
  (existsSync(sandbox.path(failedFile)) ? readFileSync(sandbox.path(failedFile), 'utf8') : '')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : (JSON.parse(line) as Message).alerts))
    .flatMap(({ topic, state, what }) => (topic === 'ledger' ? `${state}: ${what[0] ?? ''}` : []));

describe('what leaves the host', { timeout: 240_000 }, () => {
  before(async () => {
    sandbox = await startSandbox({ backend: 'nft', reached: 'route', bridgeNf: 0 });
    const state = await makeState(sandbox, 'route');
    const guests = ['web', 'mail', 'siteclient'].map((name) => `guests/${name}.yaml`);
    await state.push(
      Object.fromEntries(guests.map((path) => [path, `${state.read(path)}state: unmanaged\n`])),
      'Leave the guests to somebody else',
    );
    await sandbox.must('dom0', ['git', 'init', '-q', '--bare', remote]);
    writeFileSync(file('url'), `http://127.0.0.1:${port}/secret-path\n`);
    writeConfig(sandbox, {
      schedule: '*/15 * * * * *',
      more: [
        `notify: [{type: webhook, urlFile: ${inside.temporary}/url, events: [drift]}, ${failures}]`,
        `ledger: {remote: ${remote}}`,
      ],
    });
    const applied = await sandbox.natroute(['apply', '--yes']);
    assert.equal(applied.code, 0, applied.stderr);
    daemon = await sandbox.daemon();
    await until('the daemon', () => said(' follows ') === 1);
  });
  after(() => sandbox.stop());

  it('alerts outlast a receiver that is down, answers 500 and hangs, and a daemon that is killed', async () => {
    await touch(20_001);
    await until('a failed try', () => said('alert by webhook failed') > 0);
    await touch(20_002);
    behave('500');
    await startReceiver();
    await until('an answer of 500', () => received().length > 0);
    await touch(20_003);
    behave('hang');
    await until('a request that hangs', () => received().some(({ how }) => how === 'hang'));
    assert.ok(existsSync(`/proc/${daemon.pid}`));
    await daemon.kill();
    behave('200');
    daemon = await sandbox.daemon();
    await until('all three', () => received().filter(({ how }) => how === '200').length > 0);
    await touch(20_004);
    const ports = (one: Received): readonly string[] =>
      one.body.alerts.flatMap(({ what }) => what.flatMap((line) => /main:(2000\d)\/tcp/.exec(line)?.[1] ?? []));
    const taken = (): readonly Received[] => received().filter(({ how }) => how === '200');
    await until('the fourth', () => taken().flatMap(ports).includes('20004'));
    // Each once, in order; a message that was tried before came again as the same.
    assert.deepEqual([...new Set(taken().flatMap(ports))], ['20001', '20002', '20003', '20004']);
    assert.equal(
      taken().reduce((sum, { body }) => sum + body.alerts.length, 0),
      4,
    );
    assert.deepEqual([...new Set(received().map(({ body }) => body.dropped))], [0]);
    assert.equal(new Set(taken().map(({ delivery }) => delivery)).size, taken().length);
    const tried = received().filter(({ how }) => how !== '200');
    assert.deepEqual([...new Set(tried.map(({ delivery }) => delivery))], [taken()[0]?.delivery]);
    for (const { delivery, body } of received()) assert.equal(delivery, body.id);
    assert.ok(taken().every(({ body }) => body.alerts.every(({ who }) => who?.startsWith('iptables') === true)));
    assert.ok(!daemon.log().includes('secret-path'), 'no secret in the log');
    assert.equal((await waiting()).trim(), '', 'nothing waits any more');
    await receiver?.stop();
  });

  it('the ledger gets to a remote that was away', async () => {
    await level();
    renameSync(sandbox.path(remote), sandbox.path(`${remote}.away`));
    await touch(20_005);
    await until('a push that fails', () => said(`The ledger's remote ${remote} cannot be reached`) > 0);
    await touch(20_006);
    renameSync(sandbox.path(`${remote}.away`), sandbox.path(remote));
    await level();
    const count = (await sandbox.must('dom0', ['git', '-C', remote, 'rev-list', '--count', 'natroute/dedibox'])).trim();
    const { entries } = JSON.parse((await sandbox.natroute(['history', '--json'])).stdout) as { entries: unknown[] };
    assert.equal(Number(count), entries.length);
    await sandbox.must('dom0', ['git', '-C', remote, 'fsck', '--strict']);
    assert.deepEqual(ledgerAlerts(), [], 'a remote that is away for a moment is nothing to tell');
  });

  it('somebody is told when the remote has another history, once, and when it is over', async () => {
    const git = (...args: string[]): Promise<string> => sandbox.must('dom0', ['git', '-C', remote, ...args]);
    const head = (await git('rev-parse', 'natroute/dedibox')).trim();
    const other = 'git -c user.name=x -c user.email=x@x commit-tree natroute/dedibox^{tree} -m x';
    const forged = (await sandbox.must('dom0', ['sh', '-c', `cd ${remote} && ${other}`])).trim();
    await git('update-ref', 'refs/heads/natroute/dedibox', forged);
    await touch(20_007);
    await until('the alert', () => ledgerAlerts().length > 0);
    await touch(20_008);
    await git('update-ref', 'refs/heads/natroute/dedibox', head);
    await touch(20_009);
    await level();
    await until('its end', () => ledgerAlerts().length > 1);
    assert.match(ledgerAlerts()[0] ?? '', /^trouble: .*fleet\.git does not take the ledger on its branch natroute/);
    assert.deepEqual(
      ledgerAlerts().map((line) => line.split(':')[0]),
      ['trouble', 'resolved'],
    );
    assert.equal(await daemon.stop(), 0);
  });
});
