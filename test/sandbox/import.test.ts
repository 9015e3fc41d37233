// Promise: a hand-made host is imported as it is, and taking the import over moves the owner's rules into natroute's chains and nothing else, with no connection lost while it happens; Docker's and libvirt's rules stay, with their counters.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeGuests } from '../../deploy/sandbox/guests.ts';
import { inside, reference, type Backend } from '../../deploy/sandbox/network.ts';
import { differences, inward } from '../../deploy/sandbox/reachability.ts';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';
import { startSandbox, type Sandbox } from '../../deploy/sandbox/sandbox.ts';
import { writeConfig } from '../../deploy/sandbox/state.ts';

const xen = join(import.meta.dirname, '..', 'golden', 'xen');
const out = `${inside.folder}/imported`;

/** The owner's flat script, as one writes it by hand, with an address where a shield is missing, and two rules that no forward says. */
const owners = `*nat
${[
  '-p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.1.1:80',
  '-p tcp -m tcp --dport 25 -m comment --comment "the mail server" -j DNAT --to-destination 192.168.1.2:25',
  '-p tcp -m multiport --dports 443,7071 -j DNAT --to-destination 192.168.1.2',
  '-p tcp -m tcp --dport 2222 -j DNAT --to-destination 192.168.1.2:22',
  '-p tcp -m tcp --dport 993 -j DNAT --to-destination 192.168.1.2:993',
  '-p udp -m udp --dport 993 -j DNAT --to-destination 192.168.1.2:993',
  '-p tcp -m tcp --dport 7025 -j DNAT --to-destination 192.168.1.2:7025',
  '-p udp -m udp --dport 7025 -j DNAT --to-destination 192.168.1.2:7025',
]
  .map((rule) => `-A PREROUTING -d 203.0.113.10/32 ${rule}`)
  .join('\n')}
-A PREROUTING -s 10.9.0.0/16 -p tcp -m tcp --dport 8081 -m limit --limit 5/sec -j DNAT --to-destination 192.168.1.1:80
-A OUTPUT -d 203.0.113.10/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.1.1:80
-A OUTPUT -d 203.0.113.10/32 -p tcp -m owner --uid-owner 4711 -m tcp --dport 81 -j DNAT --to-destination 192.168.1.1:80
-A POSTROUTING -s 192.168.1.0/24 -d 192.168.1.0/24 -j MASQUERADE
-A POSTROUTING -s 192.168.1.0/24 -o eth0 -j MASQUERADE
COMMIT
`;

/** Of others, with counters: nothing of it may change. */
const strangers = `*nat
:DOCKER - [0:0]
:LIBVIRT_PRT - [0:0]
[7:420] -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
[8:480] -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
[9:540] -A POSTROUTING -j LIBVIRT_PRT
[10:600] -A DOCKER -i docker0 -j RETURN
[11:660] -A DOCKER ! -i docker0 -p tcp -m tcp --dport 9000 -j DNAT --to-destination 172.17.0.2:9000
[12:720] -A LIBVIRT_PRT -s 192.168.122.0/24 ! -d 192.168.122.0/24 -p tcp -j MASQUERADE --to-ports 1024-65535
COMMIT
`;

interface Imported {
  readonly guests: number;
  readonly forwards: number;
  readonly taken: readonly { readonly chain: string; readonly text: string }[];
  readonly left: readonly { readonly what: string; readonly why: string }[];
  readonly changed: readonly string[];
}

async function saved(sandbox: Sandbox): Promise<readonly string[]> {
  return (await sandbox.must('dom0', ['iptables-save', '-c', '-t', 'nat'])).split('\n');
}

/** What no owner's script made: the strangers' own chains with their rules and, of each, the counters where no packet comes by. */
const ofStrangers = (lines: readonly string[]): readonly string[] =>
  lines
    .filter((line) => /DOCKER|LIBVIRT|172\.17|192\.168\.122/.test(line))
    // Every packet passes these two jumps.
    .map((line) => (/ -j (DOCKER|LIBVIRT_PRT)$/.test(line) ? line.replace(/^\[\d+:\d+\]/, '') : line));

async function natroute<T>(sandbox: Sandbox, ...argv: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await sandbox.natroute([...argv, '--json']);
  assert.equal(code, 0, `natroute ${argv.join(' ')}: ${stderr}${stdout}`);
  return JSON.parse(stdout) as T;
}

describe('a hand-made host', () => {
  for (const backend of ['nft', 'legacy'] satisfies readonly Backend[])
    it(`${backend}: imported, planned and taken under traffic`, async (context) => {
      const sandbox = await startSandbox({ backend, reached: 'arp', bridgeNf: 0 });
      try {
        const folder = sandbox.path(`${inside.root}/etc/xen`);
        mkdirSync(folder, { recursive: true });
        for (const name of ['mail.cfg', 'siteclient.cfg', 'web.cfg', 'xl.conf'])
          cpSync(join(xen, name), join(folder, name));
        await makeGuests(sandbox, referenceDesired({ reached: 'arp', ipv6: false }));
        await sandbox.must('dom0', ['iptables-restore', '--noflush', '--counters', '-w', '5'], { input: strangers });
        await sandbox.must('dom0', ['iptables-restore', '--noflush', '-w', '5'], { input: owners });
        // The guests have spoken, as they have on any live host: that is how their IPs are known.
        for (const ip of [reference.web, reference.mail])
          await sandbox.connect('dom0', { to: ip, port: 25, timeoutMs: 5000 });
        // The owner's script has no rule but one for what the host itself sends to its own address.
        assert.deepEqual(
          (await differences(sandbox, inward('v4'))).filter((line) => !line.startsWith('dom0')),
          [],
        );

        const imported = await natroute<Imported>(sandbox, 'import', '--out', out);
        assert.deepEqual([imported.guests, imported.forwards], [3, 9], JSON.stringify(imported));
        const rules = owners.split('\n').filter((line) => line.startsWith('-A'));
        const odd = rules.filter((line) => /limit|owner/.test(line));
        assert.deepEqual(
          imported.taken.map(({ chain, text }) => `-A ${chain} ${text}`),
          rules.filter((line) => !odd.includes(line)),
        );
        for (const rule of odd)
          assert.ok(
            imported.left.some(({ what }) => what.endsWith(rule)),
            rule,
          );
        for (const owner of ['Docker', 'libvirt'])
          assert.ok(
            imported.left.some(({ why }) => why.includes(owner)),
            owner,
          );
        const mail = readFileSync(sandbox.path(`${out}/guests/mail.yaml`), 'utf8');
        assert.match(mail, /^# From \/etc\/xen\/mail\.cfg/m);
        assert.match(mail, /port: 25, description: the mail server/);
        assert.equal((await sandbox.natroute(['import', '--out', out])).code, 64, 'nobody’s files are written over');
        assert.equal((await natroute<{ valid: boolean }>(sandbox, 'validate', out)).valid, true);

        writeConfig(sandbox, { schedule: '*/15 * * * * *' });
        const client = { to: reference.main, port: 80, timeoutMs: 5000 };
        const hammer = await sandbox.hammer('internet', client, 5);
        const held = await sandbox.hold('internet', { to: reference.main, port: 443 });
        assert.equal(held.answer.name, 'mail');
        const before = ofStrangers(await saved(sandbox));
        const applied = await natroute<{ plan: { changes: readonly Change[] } }>(
          sandbox,
          'apply',
          '--state',
          out,
          '--yes',
          '--take',
        );
        // Rules of ours come, those of the owner's that they say go, and natroute keeps what they need in a file of its own.
        const said = applied.plan.changes.map(
          ({ action, kind, key }) => `${action} ${kind}${kind === 'file' ? ` ${key}` : ''}`,
        );
        assert.deepEqual([...new Set(said)].sort(), [
          'create chain',
          'create file /etc/sysctl.d/99-natroute.conf',
          'create jump',
          'create rule',
          'delete foreign-rule',
        ]);
        assert.equal(said.filter((line) => line === 'delete foreign-rule').length, imported.taken.length);
        await new Promise((resolve) => setTimeout(resolve, 500));
        const traffic = await hammer.stop();
        assert.deepEqual(traffic.outcomes, { web: traffic.connections });
        assert.ok(traffic.connections > 50, `too few connections: ${traffic.connections}`);
        assert.equal(await held.alive(3000), true, 'a connection that was open all the time');
        context.diagnostic(
          `measured: ${traffic.connections} connections across the take, slowest ${traffic.slowestMs.toFixed(0)} ms, none lost`,
        );

        const after = await saved(sandbox);
        assert.deepEqual(ofStrangers(after), before);
        const foreign = after
          .filter((line) => line.startsWith('[') && !/natroute|NR-|DOCKER|LIBVIRT|172\.17/.test(line))
          .map((line) => line.replace(/^\[\d+:\d+\] /, ''));
        assert.deepEqual(foreign, odd);
        assert.deepEqual(await differences(sandbox, inward('v4')), []);
        const again = await sandbox.natroute(['plan', '--state', out, '--exit-code']);
        assert.equal(again.code, 0, again.stdout);
      } finally {
        await sandbox.stop();
      }
    });
});

interface Change {
  readonly kind: string;
  readonly action: string;
  readonly key: string;
}
