// Promise: in a real dom0 a commit becomes guests that answer from outside, on a network of the host's and with an address
// of their own; a forward moves and nobody else's connection notices; a host that goes down in the middle of a pass comes up
// as the commit says; and where Xen's own store dies, rules are still healed and the trouble is said.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { holder } from './holder.ts';
import { openRig, rigProblem, type Rig } from './rig.ts';

const bundle = join(import.meta.dirname, '..', '..', 'dist', 'natroute.cjs');
const boot = (name: string, ip: string, gateway: string): string =>
  `{kernel: /boot/vmlinux, ramdisk: /boot/domu.initrd, extra: "console=hvc0 quiet rig_name=${name} rig_ip=${ip} rig_gw=${gateway}"}`;

const domu = (name: string, address: readonly [ip: string, gateway: string], rest: string): string => `memory: 128
vcpus: 1
boot: ${boot(name, ...address)}
disks: []
${rest}`;
const inLan = (name: string, n: number, forwards: string): string =>
  domu(
    name,
    [`192.168.1.${n}/24`, '192.168.1.254'],
    `interfaces: [{network: lan, ip: 192.168.1.${n}, mac: "00:16:3e:11:11:0${n}"}]
forwards: ${forwards}
`,
  );

/** What a commit says; the echo of mail is a connection that lasts. */
const state = {
  'host.yaml': `uplink: {interface: eth0, gateway: 203.0.113.9}
addresses:
  main: 203.0.113.1/24
  failover: {ip: 88.190.1.2, mac: "00:16:3e:00:00:28", reached: route}
networks:
  lan: {bridge: br0, subnet: 192.168.1.0/24, gateway: 192.168.1.254}
listens: [22/tcp]
toolstack: xl
guestDefaults: {type: pv}
`,
  'guests/web.yaml': inLan('web', 2, '[{port: 8016, to: 80}]'),
  'guests/mail.yaml': inLan('mail', 3, '[{port: 7007, to: 7}]'),
  'guests/siteclient.yaml': domu('siteclient', ['88.190.1.2/32', '203.0.113.1'], 'interfaces: [{routed: failover}]\n'),
};
const moved = {
  'guests/web.yaml': inLan('web', 2, '[]'),
  'guests/mail.yaml': inLan('mail', 3, '[{port: 7007, to: 7}, {port: 8016, to: 80}]'),
};

const config = `repository: {url: /srv/state, branch: main}
host: dom0
schedule: "*/20 * * * * *"
allow:
  kernels: ["/boot/*"]
  bridges: [br0]
  scripts: [vif-bridge, vif-route]
`;

interface Row {
  readonly name: string;
  readonly state: string;
  readonly addresses: readonly string[];
  readonly forwards: readonly string[];
}

describe('natroute in a real dom0', { skip: rigProblem() ?? false }, () => {
  let rig: Rig;
  let folder = '';
  let work = '';
  const git = (...args: string[]): Buffer =>
    execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', '-C', work, ...args]);
  const commit = (files: Readonly<Record<string, string>>, subject: string): void => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(work, name), text);
    git('add', '-A');
    git('commit', '-q', '-m', subject);
    git('bundle', 'create', '-q', join(folder, 'state.bundle'), 'main');
  };
  /** To the repository in dom0, which natroute follows. */
  const push = async (): Promise<void> => {
    await rig.put(join(folder, 'state.bundle'), '/srv/state.bundle');
    await rig.must('git -C /srv/state fetch -q /srv/state.bundle +main:main && sync');
  };
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'natroute-dom0-'));
    work = join(folder, 'state');
    mkdirSync(join(work, 'guests'), { recursive: true });
    git('init', '-q', '-b', 'main');
    commit(state, 'Three guests');
    writeFileSync(join(folder, 'config.yaml'), config);
    writeFileSync(join(folder, 'hold'), holder, { mode: 0o755 });
    rig = await openRig();
    await rig.put(bundle, '/usr/local/bin/natroute');
    await rig.put(join(folder, 'hold'), '/usr/local/bin/hold');
    await rig.put(join(folder, 'config.yaml'), '/etc/natroute/config.yaml');
    await rig.must('chmod +x /usr/local/bin/natroute /usr/local/bin/hold && git init -q --bare -b main /srv/state');
    await push();
  });
  after(async () => {
    await rig.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const answers = async (url: string, name: string): Promise<boolean> =>
    (await rig.exec(`ip netns exec outside curl -sS -m 20 ${url}`, { seconds: 120 })).out === `hello from ${name}\n`;
  const both = async (): Promise<boolean> =>
    (await answers('http://203.0.113.1:8016/', 'web')) && (await answers('http://88.190.1.2/', 'siteclient'));
  const log = async (name: string): Promise<string> => (await rig.exec(`cat /root/${name}.log`)).out;
  const begin = (name: string): Promise<string> =>
    rig.must(`setsid natroute ${name} >>/root/${name}.log 2>&1 </dev/null & echo $! >/root/${name}.pid`);
  const hold = (ip: string, port: number): Promise<string> =>
    rig.must(`setsid ip netns exec outside hold ${ip} ${port} >/dev/null 2>&1 </dev/null & sleep 0`);
  const held = async (port: number): Promise<number> => Number((await rig.exec(`cat /root/held.${port}`)).out || '-1');
  const rows = async (): Promise<readonly Row[]> =>
    (JSON.parse(await rig.must('natroute status --json', { seconds: 600 })) as { guests: readonly Row[] }).guests;
  const converged = async (): Promise<boolean> => (await rows()).every((row) => row.state === 'converged');

  it('makes three guests of a commit, which answer from outside', async () => {
    await rig.must('natroute apply --yes', { seconds: 900 });
    await begin('run');
    await begin('guests');
    await rig.until('both guests to answer from outside', both, 1_200);
  });

  it('shows them with what they have', async () => {
    await rig.until('the guests to be told as converged', converged);
    assert.deepEqual(
      (await rows()).map(({ name, addresses, forwards }) => [name, addresses, forwards]),
      [
        ['mail', ['192.168.1.3'], ['main:7007/tcp -> 7']],
        ['siteclient', ['88.190.1.2'], []],
        ['web', ['192.168.1.2'], ['main:8016/tcp -> 80']],
      ],
    );
  });

  it('moves a forward from one guest to another, and no other connection is lost', async () => {
    await hold('203.0.113.1', 7007);
    await hold('88.190.1.2', 7);
    await rig.until('both connections', async () => (await held(7007)) > 0 && (await held(7)) > 0);
    const domids = await rig.must('xl list | cut -c1-50');
    commit(moved, 'The site moves to mail');
    await push();
    await rig.until('the other guest to answer', () => answers('http://203.0.113.1:8016/', 'mail'));
    for (const port of [7007, 7]) {
      const before = await held(port);
      assert.ok(before > 0, `the connection to port ${port} was lost`);
      await rig.until(`the connection to port ${port} to go on`, async () => (await held(port)) > before, 180);
    }
    assert.equal(await rig.must('xl list | cut -c1-50'), domids, 'no guest was touched');
  });

  it('brings back a guest that was killed by hand, and says so', async () => {
    await rig.must('xl destroy web');
    await rig.until('it to be brought back', async () => /guest web: start web/.test(await log('guests')), 1_200);
    assert.match(await log('guests'), /guest web: somebody changed it, or it ended by itself; to do: start web/);
    await rig.until('the guests to be told as converged', converged);
  });

  it('finishes or undoes a pass that a reset of the host cut off, and brings the guests back', async () => {
    // At the very moment at which it is on disk what shall be done.
    await rig.must(
      `setsid sh -c 'until [ -e /var/lib/natroute/intent.json ]; do :; done; echo b >/proc/sysrq-trigger' >/dev/null 2>&1 </dev/null & sleep 0`,
    );
    commit(state, 'The site moves back');
    await push();
    await rig.bootAgain();
    assert.equal((await rig.must('iptables-save -t nat')).includes('NR-'), false, 'the rules went with the boot');
    await begin('run');
    await rig.until('the forward as the commit says', async () =>
      (await rig.exec('iptables -w 30 -t nat -S NR-A-main')).out.includes('--dport 8016'),
    );
    await begin('guests');
    await rig.until('both guests to answer from outside', both, 1_200);
    await rig.until('the guests to be told as converged', converged);
    assert.doesNotMatch((await log('guests')).slice(-2_000), /somebody changed it/, 'a boot is nobody’s doing');
    assert.equal((await rig.exec('ls /var/lib/natroute/intent.json')).code, 2, 'nothing is left half done');
    assert.match(await rig.must('natroute history', { seconds: 120 }), /boot/);
  });

  it('heals rules while xenstored is dead, and says that xl hangs', async () => {
    await rig.must('kill $(cat /run/xenstore.pid)');
    await rig.must('iptables -w 30 -t nat -F NR-A-main');
    await rig.until('the forward to be healed', async () =>
      (await rig.must('iptables -w 30 -t nat -S NR-A-main')).includes('--dport 8016'),
    );
    await rig.until('the hanging xl to be reported', async () => /xl did not end within/.test(await log('guests')));
    assert.equal((await rig.exec('kill -0 $(cat /root/run.pid)')).code, 0);
    // A guest goes on without xenstored; only nobody can look after it.
    assert.ok(await both());
    assert.match(await rig.must('natroute status', { seconds: 120 }), /xl did not end within/);
  });
});
