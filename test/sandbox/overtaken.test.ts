// Promise: who changes a file between the plan and its place, while a person looks at the plan or in the middle of the pass,
// is told apart: the pass is refused with one sentence, no link is followed, what they made stays, and all else is as it was.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inside } from '../../deploy/sandbox/network.ts';
import { bundle, startSandbox, type Sandbox } from '../../deploy/sandbox/sandbox.ts';
import { makeState, writeConfig, type State } from '../../deploy/sandbox/state.ts';

const settings = '/etc/sysctl.d/99-natroute.conf';
const network = '/etc/network/interfaces.d/natroute';
const waitMs = 30_000;
/** Long enough for another program to come in between. */
const delayUs = 80_000;
const longUs = 600_000;

interface Other {
  readonly what: string;
  /** Between two of natroute's steps. */
  readonly come: (path: string) => void;
  /** As it left it. */
  readonly stays: (path: string) => void;
}

const others: readonly Other[] = [
  {
    what: 'an editor',
    come: (path) => writeFileSync(path, 'mine\n'),
    stays: (path) => assert.equal(readFileSync(path, 'utf8'), 'mine\n'),
  },
  {
    what: 'somebody who puts a link there',
    come: (path) => {
      rmSync(path, { force: true });
      symlinkSync('/etc/hostname', path);
    },
    stays: (path) => assert.equal(readlinkSync(path), '/etc/hostname'),
  },
  {
    what: 'somebody who puts a folder there',
    come: (path) => {
      rmSync(path, { force: true });
      mkdirSync(path);
      writeFileSync(`${path}/notes`, 'mine\n');
    },
    stays: (path) => assert.equal(readFileSync(`${path}/notes`, 'utf8'), 'mine\n'),
  },
  {
    what: 'somebody who deletes it',
    come: (path) => unlinkSync(path),
    stays: (path) => assert.equal(lstatSync(path, { throwIfNoEntry: false }), undefined),
  },
];

async function until(there: () => boolean): Promise<void> {
  for (const end = Date.now() + waitMs; !there();) {
    assert.ok(Date.now() < end, 'it does not come');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

interface End {
  readonly code: number | null;
  readonly said: string;
}

describe('a file that somebody changes between the plan and its place', () => {
  let sandbox: Sandbox;
  let state: State;
  let host: string;
  let web: string;
  let pushed = 0;
  before(async () => {
    sandbox = await startSandbox({ backend: 'nft', reached: 'mac', bridgeNf: 0 });
    state = await makeState(sandbox, 'mac');
    host = state.read('host.yaml');
    web = state.read('guests/web.yaml');
    const allow = '{bridges: [br0], sysctls: [net.ipv4.ip_default_ttl]}';
    writeConfig(sandbox, { schedule: '0 0 0 1 1 *', allow });
  });
  after(() => sandbox.stop());

  const real = (path: string): string => sandbox.path(inside.root + path);
  const text = (path: string): string => readFileSync(real(path), 'utf8');
  const program = [process.execPath, bundle, 'apply', '--root', inside.root];

  /** Rules, both files and the kernel setting: what must be as it was. */
  const all = async (but: string | null): Promise<unknown> => [
    (await sandbox.must('dom0', ['iptables-save', '-t', 'nat'])).replace(/^#.*\n|\[\d+:\d+\]/gm, ''),
    await sandbox.must('dom0', ['cat', '/proc/sys/net/ipv4/ip_default_ttl']),
    ...[settings, network].filter((path) => path !== but).map(text),
  ];

  /** The next step is in the repository; all of the last one is in force. */
  const prepare = async (): Promise<void> => {
    for (const path of [settings, network]) rmSync(real(path), { recursive: true, force: true });
    for (const step of [1, 2]) {
      pushed += 1;
      const more = `hostNetwork: ifupdown\nroutes: [{ to: 10.0.${pushed}.0/24, via: 192.168.1.7 }]\n`;
      await state.push(
        {
          'host.yaml': `${host}${more}sysctl: { net.ipv4.ip_default_ttl: ${64 + pushed} }\n`,
          'guests/web.yaml': `${web}  - { port: ${9000 + pushed}, to: 80 }\n`,
        },
        `Step ${pushed}`,
      );
      if (step === 2) return;
      const { code, stdout, stderr } = await sandbox.natroute(['apply', '--yes']);
      assert.equal(code, 0, stdout + stderr);
    }
  };

  const applyAsAsked = async (meanwhile: () => void): Promise<End> => {
    const [file = '', ...args] = sandbox.enter('dom0', ['script', '-qec', program.join(' '), '/dev/null']);
    const env = { ...process.env, PATH: `${inside.bin}:${process.env['PATH'] ?? ''}`, NODE_OPTIONS: '' };
    const child = spawn(file, args, { env });
    let said = '';
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await until(() => said.includes('Apply this plan?'));
    meanwhile();
    child.stdin.write('y\n');
    return { code: await ended, said };
  };

  /** Every write to the disk takes its time; `when` is asked all the while. */
  const applySlowly = async (when: () => boolean, meanwhile: () => void): Promise<End> => {
    const slow = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync,link'];
    const how = ['-e', `inject=fsync:delay_enter=${delayUs}`, '-e', `inject=link:delay_enter=${longUs}`];
    const running = sandbox.exec('dom0', [...slow, ...how, ...program, '--yes'], { timeoutMs: 60_000 });
    await until(when);
    meanwhile();
    const { code, stdout, stderr } = await running;
    return { code, said: stdout + stderr };
  };

  const staged = (path: string): boolean =>
    readdirSync(dirname(real(path))).some((name) => name.startsWith(`.${basename(path)}.natroute-`));

  const assertRefused = ({ code, said }: End, sentence: RegExp): void => {
    assert.equal(code, 1, said);
    assert.match(said, sentence);
    assert.deepEqual(
      readdirSync(real('/etc'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.natroute-\d+-/.test(name)),
      [],
      'nothing is left of what was begun',
    );
    assert.equal(
      lstatSync(sandbox.path(`${inside.root}/var/lib/natroute/intent.json`), { throwIfNoEntry: false }),
      undefined,
    );
  };

  for (const { what, come, stays } of others.slice(0, 2))
    it(`${what}, while a person looks at the plan`, async () => {
      await prepare();
      const was = await all(settings);
      const end = await applyAsAsked(() => come(real(settings)));
      assertRefused(
        end,
        /^natroute: the host or the repository changed after the plan was shown; nothing was applied/m,
      );
      stays(real(settings));
      assert.deepEqual(await all(settings), was);
    });

  for (const { what, come, stays } of others) {
    it(`${what}, in the middle of the pass`, async () => {
      await prepare();
      const was = await all(settings);
      const end = await applySlowly(
        () => staged(settings),
        () => come(real(settings)),
      );
      assertRefused(
        end,
        /another program changed \/etc\/sysctl\.d\/99-natroute\.conf after the plan was made; its change was kept\. Nothing was applied\./,
      );
      stays(real(settings));
      assert.deepEqual(await all(settings), was);
    });
  }

  it('an editor at the second file, after the first was put in place: that one goes back', async () => {
    await prepare();
    const [first, second] = [network, settings];
    const [was, old] = [await all(second), text(first)];
    const end = await applySlowly(
      () => text(first) !== old,
      () => writeFileSync(real(second), 'mine\n'),
    );
    assertRefused(end, /another program changed \/etc\/sysctl\.d\/99-natroute\.conf .* Nothing was applied\./);
    assert.equal(text(second), 'mine\n');
    assert.deepEqual(await all(second), was);
  });

  it('an editor who makes a file where there was none, at the very last moment', async () => {
    await prepare();
    await sandbox.natroute(['unload', '--yes']);
    rmSync(real(settings));
    const [was, old] = [await all(settings), text(network)];
    let placed = 0;
    const end = await applySlowly(
      // The first is in place, and the call that makes the second one's name waits.
      () => text(network) !== old && (placed ||= Date.now()) < Date.now() - longUs / 2000,
      () => writeFileSync(real(settings), 'mine\n'),
    );
    assertRefused(end, /another program changed \/etc\/sysctl\.d\/99-natroute\.conf .* Nothing was applied\./);
    assert.equal(text(settings), 'mine\n');
    assert.deepEqual(await all(settings), was);
  });
});
