// Promise: files and kernel settings change together with the rules or not at all; what is not natroute's is not touched
// without --take; drift in them is told with who, and put back; every crash ends in old or new.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { propose } from '../../src/engine/propose.ts';
import { watchConfirmation } from '../../src/engine/watch.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import type { PassReport, PassRequest } from '../../src/engine/request.ts';
import { Fault } from '../../src/model/fault.ts';
import { limits } from '../../src/model/limits.ts';
import { createFakeWorld, type FakeWorld } from '../fakes/world.ts';

const daemonPass: PassRequest = { source: { kind: 'trusted' }, take: false, approved: null };
const allow =
  '{disks: ["/dev/vg0/*"], bootloaders: [pygrub], scripts: [vif-bridge, vif-route], bridges: [br0], options: [], kernels: ["/boot/*"], sysctls: ["net.*"]}';

const host = `uplink: {interface: eth0}
addresses:
  main: 203.0.113.10/24
  failover: {ip: 198.51.100.28, mac: "00:16:3e:00:00:28", reached: arp}
networks: {lan: {bridge: br0, subnet: 192.168.1.0/24}}
`;
const guest = (memory: number, more = ''): string =>
  `memory: ${memory}\nvcpus: 1\nautostart: true\ndisks: [{path: /dev/vg0/lv1, as: xvda}]\ninterfaces: [{network: lan, ip: 192.168.1.1}]\n${more}`;
const state = (memory: number, more = 'forwards: [{port: 80}]\n'): Readonly<Record<string, string>> => ({
  'host.yaml': host,
  'guests/web.yaml': guest(memory, more),
  'guests/site.yaml': `memory: 64\nvcpus: 1\ndisks: []\ninterfaces: [{routed: failover}]\n`,
});

const web = '/etc/xen/web.cfg';
const link = '/etc/xen/auto/web.cfg';
const xlConf = '/etc/xen/xl.conf';
const sysctlFile = '/etc/sysctl.d/99-natroute.conf';

async function byPerson(world: FakeWorld, take = false): Promise<PassReport> {
  const request = { ...daemonPass, take };
  return reconcile(world, { ...request, approved: (await propose(world, request)).digest });
}

async function applied(memory = 512): Promise<FakeWorld> {
  const world = createFakeWorld({ allow });
  world.mirror.push(state(memory));
  assert.equal((await byPerson(world)).outcome, 'applied');
  return world;
}

const faultOf = async (pass: Promise<unknown>): Promise<Fault> => {
  const error: unknown = await pass.then(
    () => null,
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof Fault, String(error));
  return error;
};

describe('files of the target', () => {
  it('are written with the rules, verified, and kept in the ledger and the generation', async () => {
    const world = await applied();
    assert.match(world.hostFiles.text(web) ?? '', /^# Made by natroute from commit 0+1, generation 1\.\n/);
    assert.match(world.hostFiles.text(web) ?? '', /^memory = 512$/m);
    assert.equal(world.hostFiles.text(link), '-> ../web.cfg');
    assert.match(world.hostFiles.text(xlConf) ?? '', /^vif\.default\.bridge="br0"$/m);
    assert.match(world.hostFiles.text(sysctlFile) ?? '', /^net\.ipv4\.conf\.eth0\.proxy_arp = 1$/m);
    assert.equal(world.sysctls.values.get('net.ipv4.ip_forward'), '1');
    const record = world.ledger.records.at(-1);
    assert.equal(record!.state?.files[web], world.hostFiles.text(web));
    assert.deepEqual(
      record!.changes.filter(({ kind }) => kind === 'file').map(({ key, action }) => `${action} ${key}`),
      [sysctlFile, link, '/etc/xen/site.cfg', web, xlConf].map((path) => `create ${path}`),
    );
    const read = await world.restart().generations.current();
    assert.deepEqual(read?.target.files, (await world.generations.current())?.target.files);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
  });

  it('change where the commit changes them, and keep the header of their maker where it does not', async () => {
    const world = await applied();
    const site = world.hostFiles.text('/etc/xen/site.cfg');
    world.mirror.push(state(1024));
    const { proposal } = await reconcile(world, daemonPass);
    assert.deepEqual(
      proposal.plan.changes.map(({ key }) => key),
      [web],
    );
    assert.match(world.hostFiles.text(web) ?? '', /generation 2\.\n[^]*^memory = 1024$/m);
    assert.equal(world.hostFiles.text('/etc/xen/site.cfg'), site);
  });

  it('go with what the commit gives up, the owner’s own stay', async () => {
    const world = await applied();
    world.hostFiles.put('/etc/xen/other.cfg', 'mine');
    world.mirror.push({ ...state(512), 'host.yaml': `${host}toolstack: netns\n` });
    await byPerson(world);
    assert.deepEqual([...world.hostFiles.there.keys()].sort(), [sysctlFile, '/etc/xen/other.cfg', xlConf].sort());
  });

  it('of a guest go where it shall be absent, and stay where it is nobody’s business any more', async () => {
    const world = await applied();
    world.mirror.push({ 'host.yaml': host, 'guests/site.yaml': 'state: absent\n' });
    const { proposal } = await byPerson(world);
    assert.deepEqual(
      proposal.plan.changes.flatMap(({ action, key }) => (key.startsWith('/etc/xen/') ? [`${action} ${key}`] : [])),
      ['delete /etc/xen/site.cfg'],
    );
    assert.equal(world.hostFiles.text(link), '-> ../web.cfg');
    world.mirror.push(state(1024));
    await byPerson(world);
    assert.match(world.hostFiles.text(web) ?? '', /^memory = 1024$/m);
  });
});

describe('what people look at', () => {
  const folder = '/var/lib/natroute/generations/1';

  it('stands in the generation, and its damage keeps no forward closed', async () => {
    const world = await applied();
    assert.match(world.files.text(`${folder}/guests/web/interfaces`) ?? '', /^ {4}address 192\.168\.1\.1\/24$/m);
    assert.match(world.files.text(`${folder}/guests/site/10-eth0.network`) ?? '', /^Address=198\.51\.100\.28\/32$/m);
    assert.match(world.files.text(`${folder}/graph.svg`) ?? '', /^<svg /);
    assert.match(world.files.text(`${folder}/graph.mmd`) ?? '', /web/);
    assert.deepEqual(await world.generations.spoiled(1), []);
    await world.files.write(`${folder}/graph.svg`, '<svg/>', 0o600);
    await world.files.remove(`${folder}/guests/web/interfaces`);
    assert.deepEqual(await world.generations.spoiled(1), ['graph.svg', 'guests/web/interfaces']);
    const next = world.restart();
    next.netfilter.byHand('v4', ['-F NR-A-main']);
    assert.equal((await reconcile(next, daemonPass)).outcome, 'healed');
  });

  it('is not there in a generation of an older natroute, which is whole all the same', async () => {
    const world = await applied();
    const path = `${folder}/generation.json`;
    const { shown, ...manifest } = JSON.parse(world.files.text(path) ?? '') as { shown: object };
    assert.ok(Object.keys(shown).includes('graph.mmd'));
    await world.files.write(path, JSON.stringify(manifest), 0o600);
    assert.deepEqual(await world.generations.spoiled(1), []);
    assert.equal((await reconcile(world.restart(), daemonPass)).outcome, 'unchanged');
  });

  it('is no picture that nobody could follow, of a host with very many forwards', async () => {
    const world = createFakeWorld({ allow });
    const ports = Array.from({ length: limits.pictureForwards + 1 }, (_, i) => `{port: ${1000 + i}}`).join(', ');
    world.mirror.push(state(512, `forwards: [${ports}]\n`));
    await byPerson(world);
    assert.equal(world.files.text(`${folder}/graph.svg`), null);
    assert.notEqual(world.files.text(`${folder}/guests/web/interfaces`), null);
  });
});

describe("the host's own network config", () => {
  const own = '/etc/network/interfaces.d/natroute';
  const pushed = (world: FakeWorld, more: string): string =>
    world.mirror.push({ ...state(512), 'host.yaml': `${host}${more}` });

  it('is not taken from the uplink before a person said yes, whatever is open now', async () => {
    const world = createFakeWorld({ allow });
    pushed(world, 'hostNetwork: ifupdown\n');
    await byPerson(world);
    const before = world.hostFiles.text(own);
    assert.match(before ?? '', /^iface eth0 inet static$/m);
    pushed(world, '');
    const held = await reconcile(world, daemonPass);
    assert.equal(held.outcome, 'held');
    assert.match(held.text, /would leave eth0 without any config of natroute's after the next boot/);
    assert.equal(world.hostFiles.text(own), before);
    const approved = await byPerson(world);
    assert.equal(world.hostFiles.text(own), null);
    assert.match(approved.text, /nothing for br0 until the next boot, .*nothing for eth0 until the next boot/);
    assert.doesNotMatch(approved.text, /ip link delete/);
  });
});

describe('files of others', () => {
  it('are left, told, and no drift; --take takes them over and keeps what they held', async () => {
    const world = createFakeWorld({ allow });
    world.hostFiles.put(web, 'name = "web" # by hand\n');
    world.hostFiles.put(xlConf, '# xl\nautoballoon="off"\n');
    world.mirror.push(state(512));
    const first = await byPerson(world);
    assert.equal(first.outcome, 'applied');
    assert.deepEqual(
      first.proposal.plan.files?.left.map(({ path }) => path),
      [web, xlConf],
    );
    assert.match(first.proposal.plan.files.left[0]?.why ?? '', /is not natroute's, written 2026.*owner root.*--take/);
    assert.equal(world.hostFiles.text(web), 'name = "web" # by hand\n');
    assert.equal(world.hostFiles.text(xlConf), '# xl\nautoballoon="off"\n');
    assert.deepEqual((await propose(world, daemonPass)).drift.changes, []);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');

    const taken = await byPerson(world, true);
    assert.equal(taken.cause, 'take');
    assert.match(world.hostFiles.text(web) ?? '', /^# Made by natroute/);
    assert.equal(
      world.hostFiles.text(xlConf),
      '# xl\nautoballoon="off"\nvif.default.script="vif-bridge"\nvif.default.bridge="br0"\n',
    );
    const before = world.ledger.records.at(-1)?.changes.find(({ key }) => key === web)?.before;
    assert.equal(before, 'name = "web" # by hand\n');
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
  });

  it('come back when the pass that took them fails', async () => {
    const world = createFakeWorld({ allow });
    world.hostFiles.put(web, 'by hand\n');
    world.sysctls.values.set('net.ipv4.ip_forward', '0');
    world.mirror.push(state(512));
    world.netfilter.after = () => {
      world.netfilter.after = null;
      throw new Fault('command-failed', 'the kernel ran out of memory');
    };
    assert.match((await faultOf(byPerson(world, true))).message, /ran out of memory/);
    assert.deepEqual([...world.hostFiles.there.keys()], [web]);
    assert.equal(world.hostFiles.text(web), 'by hand\n');
    assert.equal(world.sysctls.values.get('net.ipv4.ip_forward'), '0');
    assert.equal(world.netfilter.text('v4').includes('NR-'), false);
  });

  for (const [what, there] of [
    ['symbolic link', { kind: 'link', to: '/etc/passwd' }],
    ['folder', { kind: 'other', what: 'there is a folder where a file should be' }],
  ] as const)
    it(`a ${what} in the way stops the commit with one sentence, and rules are healed all the same`, async () => {
      const world = await applied();
      world.mirror.push({
        ...state(512),
        'guests/mail.yaml': guest(64).replaceAll('.1.1', '.1.2').replace('lv1', 'lv2'),
      });
      world.hostFiles.there.set('/etc/xen/mail.cfg', there);
      world.netfilter.byHand('v4', ['-F NR-A-main']);
      const report = await reconcile(world, daemonPass);
      assert.equal(report.outcome, 'healed');
      assert.match(report.text, new RegExp(`cannot be applied: /etc/xen/mail.cfg.*${what}.*move it away`));
      assert.deepEqual(world.hostFiles.there.get('/etc/xen/mail.cfg'), there);
      assert.equal((await world.generations.current())?.number, 1);
      assert.equal((await byPerson(world, true)).outcome, 'rejected');
    });

  it('a path that is allowed but leads elsewhere by a link is refused', async () => {
    const world = createFakeWorld({ allow });
    world.hostFiles.links.set('/boot/vmlinuz', '/home/bob/kernel');
    world.mirror.push(state(512, 'boot: {kernel: /boot/vmlinuz}\n'));
    const { diagnostics } = await propose(world, daemonPass);
    assert.deepEqual(
      diagnostics.map(({ code, at }) => [code, at?.file, at?.line]),
      [['not-allowed', 'guests/web.yaml', 6]],
    );
    assert.match(diagnostics[0]?.message ?? '', /by a link at \/boot\/vmlinuz, names the kernel .*\/home\/bob\/kernel/);
  });
});

describe('drift of files and settings', () => {
  it('is recorded with who and what was written, and put back', async () => {
    const world = await applied();
    const wanted = world.hostFiles.text(web) ?? '';
    world.hostFiles.put(web, wanted.replace('512', '9999'));
    world.hostFiles.holders.set(web, { process: 'nano', pid: 4242, user: 'bob' });
    world.sysctls.values.set('net.ipv4.ip_forward', '0');
    world.hostFiles.there.delete(link);
    const report = await reconcile(world, daemonPass);
    assert.equal(report.outcome, 'healed');
    assert.equal(world.hostFiles.text(web), wanted);
    assert.equal(world.hostFiles.text(link), '-> ../web.cfg');
    assert.equal(world.sysctls.values.get('net.ipv4.ip_forward'), '1');
    const drift = world.ledger.records.at(-2);
    assert.equal(drift?.cause, 'drift');
    assert.deepEqual(drift.actor, { process: 'nano', pid: 4242, user: 'bob' });
    const change = drift.changes.find(({ key }) => key === web);
    assert.match(change?.after ?? '', /memory = 9999/);
    assert.match(change?.note ?? '', /^written 2026-.*, owner root$/);
    assert.match(drift.state?.files[web] ?? '', /9999/);
  });

  it('a file that somebody replaced by one of their own stays, and is told until it is gone or taken', async () => {
    const world = await applied();
    world.hostFiles.put(web, 'name = "mine"\n');
    const told = await reconcile(world, daemonPass);
    assert.equal(told.outcome, 'reported');
    assert.match(told.text, /web\.cfg is not natroute's/);
    assert.equal(world.hostFiles.text(web), 'name = "mine"\n');
    // Healing something else does not make it forgotten.
    world.netfilter.byHand('v4', ['-F NR-A-main']);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'healed');
    assert.equal((await propose(world, daemonPass)).drift.changes.length, 1);
    assert.equal((await byPerson(world, true)).cause, 'take');
    assert.match(world.hostFiles.text(web) ?? '', /^# Made by natroute/);
  });

  it('is reported and left where the policy says so', async () => {
    const world = createFakeWorld({ allow, policy: '{drift: report}' });
    world.mirror.push(state(512));
    await byPerson(world);
    world.hostFiles.put(web, (world.hostFiles.text(web) ?? '').replace('512', '9999'));
    world.sysctls.values.set('net.ipv4.ip_forward', '0');
    assert.equal((await reconcile(world, daemonPass)).outcome, 'reported');
    assert.match(world.hostFiles.text(web) ?? '', /9999/);
    assert.equal(world.sysctls.values.get('net.ipv4.ip_forward'), '0');
  });

  it('wakes a quiet daemon', async () => {
    const world = await applied();
    world.witness.changes = 1;
    await reconcile(world, daemonPass);
    assert.equal((await reconcile(world, daemonPass)).outcome, 'unchanged');
    world.sysctls.values.set('net.ipv4.ip_forward', '0');
    assert.equal((await reconcile(world, daemonPass)).outcome, 'healed');
  });
});

describe('somebody else at the same file', () => {
  it('keeps what they wrote, and puts back what was written before it', async () => {
    const world = await applied();
    world.mirror.push({
      ...state(1024),
      'guests/site.yaml': 'memory: 128\nvcpus: 1\ndisks: []\ninterfaces: [{routed: failover}]\n',
    });
    const site = world.hostFiles.text('/etc/xen/site.cfg');
    world.hostFiles.trouble = (when, path) => {
      if (when === 'before' && path === web) world.hostFiles.put(web, 'quicker\n');
    };
    const fault = await faultOf(reconcile(world, daemonPass));
    world.hostFiles.trouble = null;
    assert.equal(fault.code, 'stale-file');
    assert.match(fault.message, /another program changed \/etc\/xen\/web\.cfg.* Nothing was applied\./);
    assert.equal(world.hostFiles.text(web), 'quicker\n');
    assert.equal(world.hostFiles.text('/etc/xen/site.cfg'), site);
    assert.equal(world.files.text('/var/lib/natroute/intent.json'), null);
    assert.equal((await world.generations.current())?.number, 1);
  });
});

describe('a crash at every file and setting', () => {
  class Crash extends Error {}
  it('ends in old or new, whichever the next start finds, and nothing is lost', async () => {
    let points = 0;
    for (let nth = 1; ; nth++) {
      const world = await applied();
      world.hostFiles.put('/etc/xen/mail.cfg', 'by hand\n');
      world.mirror.push({
        ...state(1024, 'forwards: [{port: 443}]\n'),
        'guests/mail.yaml': guest(64).replaceAll('.1.1', '.1.2').replace('lv1', 'lv2'),
        'host.yaml': `${host}sysctl: {net.ipv4.tcp_syncookies: 1}\n`,
      });
      let calls = 0;
      const strike = (): void => {
        // A dead process does nothing more, not even clean up.
        if (++calls >= nth) throw new Crash();
      };
      world.hostFiles.trouble = world.netfilter.before = world.netfilter.after = strike;
      world.sysctls.trouble = world.ledger.trouble = world.files.trouble = strike;
      const approved = (await propose(world, { ...daemonPass, take: true })).digest;
      const error: unknown = await reconcile(world, { ...daemonPass, take: true, approved }).catch((e: unknown) => e);
      world.hostFiles.trouble = world.netfilter.before = world.netfilter.after = null;
      world.sysctls.trouble = world.ledger.trouble = world.files.trouble = null;
      if (calls < nth) {
        assert.ok(!(error instanceof Error), String(error));
        break;
      }
      points += 1;
      const next = world.restart();
      await reconcile(next, daemonPass);
      const end = await reconcile(next, daemonPass);
      assert.equal(end.outcome, 'unchanged', `crash ${nth}: ${end.text}`);
      const mail = world.hostFiles.text('/etc/xen/mail.cfg') ?? '';
      assert.match(mail, /^by hand$|^# Made by natroute/m);
      assert.match(world.hostFiles.text(web) ?? '', /memory = 1024/, `crash ${nth}`);
      assert.equal(world.sysctls.values.get('net.ipv4.tcp_syncookies'), '1', `crash ${nth}`);
      assert.match(world.netfilter.text('v4'), /--dport 443/);
      assert.equal(world.files.text('/var/lib/natroute/intent.json'), null);
    }
    assert.ok(points > 12, `only ${points} points`);
  });
});

describe('a change of files that must be confirmed', () => {
  it('goes back with the rules, to the byte, and what was taken over is its owner’s again', async () => {
    const world = createFakeWorld({ allow, more: 'confirm: {within: 60s, probes: [{inbound: 22/tcp}]}\n' });
    const ends = { source: '198.51.100.99', sourcePort: 1, destination: '203.0.113.10', port: 22 };
    const watch = (): Promise<unknown> => watchConfirmation(world, new AbortController().signal, () => undefined);
    world.mirror.push({ 'host.yaml': `${host}toolstack: netns\n` });
    await byPerson(world);
    world.netfilter.came = [{ protocol: 'tcp', ...ends, replySource: '203.0.113.10', answered: true }];
    await watch();
    assert.equal((await world.generations.current())?.number, 1);
    world.hostFiles.put(web, 'by hand\n');
    world.mirror.push(state(512));
    await byPerson(world, true);
    assert.match(world.hostFiles.text(web) ?? '', /^# Made by natroute/);
    await watch();
    assert.equal((await world.generations.current())?.number, 1);
    assert.equal(world.hostFiles.text(web), 'by hand\n');
    assert.equal(world.hostFiles.text('/etc/xen/site.cfg'), null);
    assert.deepEqual((await propose(world, { ...daemonPass, source: { kind: 'applied' } })).drift.changes, []);
  });
});
