// Promise: in a real dom0 a commit becomes guests that answer from outside, on a network of the host's and with an address
// of their own; and where Xen's own store dies, rules are still healed and the trouble is said.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openRig, rigProblem, type Rig } from './rig.ts';

const bundle = join(import.meta.dirname, '..', '..', 'dist', 'natroute.cjs');
const boot = (name: string, ip: string, gateway: string): string =>
  `{kernel: /boot/vmlinux, ramdisk: /boot/domu.initrd, extra: "console=hvc0 quiet rig_name=${name} rig_ip=${ip} rig_gw=${gateway}"}`;

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
  'guests/web.yaml': `memory: 128
vcpus: 1
boot: ${boot('web', '192.168.1.2/24', '192.168.1.254')}
disks: []
interfaces: [{network: lan, ip: 192.168.1.2, mac: "00:16:3e:11:11:00"}]
forwards: [{port: 8016, to: 80}]
`,
  'guests/siteclient.yaml': `memory: 128
vcpus: 1
boot: ${boot('siteclient', '88.190.1.2/32', '203.0.113.1')}
disks: []
interfaces: [{routed: failover}]
`,
};

const config = `repository: {url: /srv/state, branch: main}
host: dom0
schedule: "*/5 * * * * *"
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
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'natroute-dom0-'));
    const work = join(folder, 'state');
    mkdirSync(join(work, 'guests'), { recursive: true });
    for (const [name, text] of Object.entries(state)) writeFileSync(join(work, name), text);
    const git = (...args: string[]): Buffer =>
      execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', '-C', work, ...args]);
    git('init', '-q', '-b', 'main');
    git('add', '-A');
    git('commit', '-q', '-m', 'Two guests');
    git('bundle', 'create', '-q', join(folder, 'state.bundle'), 'main');
    writeFileSync(join(folder, 'config.yaml'), config);
    rig = await openRig();
    await rig.put(bundle, '/usr/local/bin/natroute');
    await rig.put(join(folder, 'state.bundle'), '/srv/state.bundle');
    await rig.put(join(folder, 'config.yaml'), '/etc/natroute/config.yaml');
    await rig.must('chmod +x /usr/local/bin/natroute && git clone -q --bare -b main /srv/state.bundle /srv/state');
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
    rig.must(`setsid natroute ${name} >/root/${name}.log 2>&1 </dev/null & echo $! >/root/${name}.pid`);

  it('makes two guests of a commit, which answer from outside', async () => {
    await rig.must('natroute apply --yes', { seconds: 900 });
    await begin('run');
    await begin('guests');
    await rig.until('both guests to answer from outside', both, 1_200);
  });

  it('shows them with what they have', async () => {
    const rows = async (): Promise<readonly Row[]> =>
      (JSON.parse(await rig.must('natroute status --json', { seconds: 600 })) as { guests: readonly Row[] }).guests;
    let seen: readonly Row[] = [];
    await rig.until('both guests to be told as converged', async () => {
      seen = await rows();
      return seen.every((row) => row.state === 'converged');
    });
    assert.deepEqual(
      seen.map(({ name, addresses, forwards }) => [name, addresses, forwards]),
      [
        ['siteclient', ['88.190.1.2'], []],
        ['web', ['192.168.1.2'], ['main:8016/tcp -> 80']],
      ],
    );
  });

  it('brings back a guest that was killed by hand, and says so', async () => {
    await rig.must('xl destroy web');
    await rig.until('the guest to answer again', both, 1_200);
    assert.match(await log('guests'), /guest web: somebody changed it, or it ended by itself; to do: start web/);
  });

  it('heals rules while xenstored is dead, and says that xl hangs', async () => {
    await rig.must('kill $(cat /run/xenstore.pid)');
    await rig.must('iptables -w 30 -t nat -F NR-A-main');
    await rig.until('the forward to be healed', async () =>
      (await rig.must('iptables -w 30 -t nat -S NR-A-main')).includes('--dport 8016'),
    );
    await rig.until('the hanging xl to be reported', async () => /xl did not end within/.test(await log('guests')));
    assert.equal((await rig.exec('kill -0 $(cat /root/run.pid)')).code, 0);
  });
});
