// Promise: in a real dom0 a commit becomes guests that answer from outside, on a network of the host's and with an address
// of their own; a forward moves and nobody else's connection notices; a guest that shall go goes when a person agreed; a host
// that goes down in the middle of a pass comes up as the commit says; and where Xen's own store dies, rules are still healed
// and the trouble is said.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openDom0, type Dom0 } from './dom0.ts';
import { rigProblem, type Rig } from './rig.ts';

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
const going = {
  'guests/mail.yaml': `${moved['guests/mail.yaml']}state: absent\n`,
  'guests/siteclient.yaml': `${state['guests/siteclient.yaml']}state: stopped\n`,
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
  let dom0: Dom0;
  let rig: Rig;
  let work = '';
  const git = (...args: string[]): Buffer =>
    execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', '-C', work, ...args]);
  /** To the repository in dom0, which natroute follows. */
  const push = async (files: Readonly<Record<string, string>>, subject: string): Promise<void> => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(work, name), text);
    git('add', '-A');
    git('commit', '-q', '-m', subject);
    const file = join(dom0.folder, 'state.bundle');
    git('bundle', 'create', '-q', file, 'main');
    await rig.put(file, '/srv/state.bundle');
    await rig.must('git -C /srv/state fetch -q /srv/state.bundle +main:main && sync');
  };
  before(async () => {
    dom0 = await openDom0(config);
    rig = dom0.rig;
    work = join(dom0.folder, 'state');
    mkdirSync(join(work, 'guests'), { recursive: true });
    git('init', '-q', '-b', 'main');
    await rig.must('git init -q --bare -b main /srv/state');
    await push(state, 'Three guests');
  });
  after(() => dom0.close());

  const site = (name: string): Promise<boolean> => dom0.answers('http://203.0.113.1:8016/', name);
  const both = async (): Promise<boolean> =>
    (await site('web')) && (await dom0.answers('http://88.190.1.2/', 'siteclient'));
  const log = async (name: string): Promise<string> => (await rig.exec(`cat /root/${name}.log`)).out;
  const begin = (name: string): Promise<string> =>
    rig.must(`setsid natroute ${name} >>/root/${name}.log 2>&1 </dev/null & echo $! >/root/${name}.pid`);
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
    await dom0.hold('203.0.113.1', 7007);
    await dom0.hold('88.190.1.2', 7);
    const domains = await dom0.domains();
    await push(moved, 'The site moves to mail');
    await rig.until('the other guest to answer', () => site('mail'));
    for (const port of [7007, 7]) await dom0.mustHold(port);
    assert.equal(await dom0.domains(), domains, 'no guest was touched');
  });

  it('brings back a guest that was killed by hand, and says so', async () => {
    await rig.must('xl destroy web');
    await rig.until('it to be brought back', async () =>
      /guest web: somebody changed it, or it ended by itself; to do: start web\n[^]*guest web: start web\n/.test(
        await log('guests'),
      ),
    );
    await rig.until('the guests to be told as converged', converged);
    await rig.until('it to stand in the ledger', async () =>
      /Bring back the guest web: start web/.test(await rig.must('natroute history', { seconds: 120 })),
    );
  });

  it('stops a guest and takes another one away, once a person agreed', async () => {
    await push(going, 'Mail and the client’s site go');
    await rig.until('it to wait for a person', async () =>
      /deletes the running guest mail/.test(await rig.must('natroute status', { seconds: 120 })),
    );
    assert.ok(await site('mail'), 'nothing was done yet');
    await rig.must('natroute approve --yes', { seconds: 600 });
    await rig.until('both to be gone', async () => !/mail|siteclient/.test(await dom0.domains()));
    await rig.until('the guests to be told as converged', converged);
    assert.equal(await rig.must('cd /etc/xen && ls mail.cfg siteclient.cfg 2>/dev/null || :'), 'siteclient.cfg\n');
    assert.match(await dom0.domains(), /^web /m, 'nobody else was touched');
  });

  it('finishes or undoes a pass that a reset of the host cut off, and brings the guests back', async () => {
    // At the very moment at which it is on disk what shall be done.
    await rig.must(
      `setsid sh -c 'until [ -e /var/lib/natroute/intent.json ]; do :; done; echo b >/proc/sysrq-trigger' >/dev/null 2>&1 </dev/null & sleep 0`,
    );
    await push(state, 'All as it was');
    await rig.bootAgain();
    assert.equal((await rig.must('iptables-save -t nat')).includes('NR-'), false, 'the rules went with the boot');
    await begin('run');
    await rig.until('the forward as the commit says', async () =>
      (await rig.exec('iptables -w 30 -t nat -S NR-A-main')).out.includes('--dport 8016'),
    );
    await rig.must('rm -f /root/guests.log');
    await begin('guests');
    await rig.until('both guests to answer from outside', both, 1_200);
    await rig.until('the guests to be told as converged', converged);
    assert.doesNotMatch(await log('guests'), /somebody changed it/, 'a boot is nobody’s doing');
    assert.equal((await rig.exec('ls /var/lib/natroute/intent.json')).code, 2, 'nothing is left half done');
    // What was on disk by then decides whether it was finished, or had not begun.
    const commit = git('rev-parse', 'HEAD').toString().slice(0, 7);
    assert.match(await rig.must('natroute history', { seconds: 120 }), new RegExp(`\\(push ${commit}\\)`));
  });

  it('heals rules while xenstored is dead, and says that xl hangs', async () => {
    await rig.must('kill $(cat /run/xenstore.pid)');
    await rig.must('iptables -w 30 -t nat -F NR-A-main');
    await rig.until('the forward to be healed', async () =>
      (await rig.must('iptables -w 30 -t nat -S NR-A-main')).includes('--dport 8016'),
    );
    await rig.until('the hanging xl to be reported', async () =>
      /xl did not end within \d+ s .*xenstored/.test(await log('guests')),
    );
    assert.equal((await rig.exec('kill -0 $(cat /root/run.pid)')).code, 0);
    // A guest goes on without xenstored; only nobody can look after it.
    assert.ok(await both());
    assert.match(await rig.must('natroute status', { seconds: 120 }), /xl did not end within/);
  });
});
