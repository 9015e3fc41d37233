// One day of a host, played in half a minute: pushes by two people, hand edits, a revert, a restart, a suspension, a
// forward that ends by its date, and a program that insists on being first. The script keeps what it knows of all that.
import assert from 'node:assert/strict';
import type { Daemon } from '../../deploy/sandbox/commands.ts';
import { inside } from '../../deploy/sandbox/network.ts';
import { startSandbox, type Sandbox } from '../../deploy/sandbox/sandbox.ts';
import { makeState, writeConfig, type Author, type State } from '../../deploy/sandbox/state.ts';

export const bob: Author = { name: 'Bob', mail: 'bob@example.org' };

/** What the script knows of the day. */
export interface Day {
  readonly sandbox: Sandbox;
  readonly daemon: Daemon;
  readonly commits: Readonly<Record<'first' | 'open8443' | 'open2022' | 'revert2022' | 'dated', string>>;
  /** Moments between two events. */
  readonly times: Readonly<Record<'before' | 'bothOpen' | 'reverted' | 'suspended' | 'end', Date>>;
  /** Our rules of main as the kernel had them at `bothOpen`. */
  readonly rulesThen: readonly string[];
  /** Seconds since 1970: the last second of the dated forward. */
  readonly dateStop: number;
  /** What `natroute status` and `drift` said while something was suspended. */
  readonly statusThen: string;
  readonly driftThen: string;
}

const dayMs = 15_000;

export async function natroute(sandbox: Sandbox, ...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await sandbox.natroute(argv);
  assert.equal(code, 0, `natroute ${argv.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

async function until(what: string, holds: () => Promise<boolean> | boolean, log: () => string): Promise<void> {
  for (const end = Date.now() + dayMs; !(await holds());) {
    if (Date.now() > end) assert.fail(`${what} did not come within ${dayMs} ms:\n${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

interface Host {
  readonly sandbox: Sandbox;
  readonly state: State;
  daemon: Daemon;
  readonly rules: () => Promise<readonly string[]>;
  readonly byHand: (...argv: readonly string[]) => Promise<string>;
  /** Waits until this line is among the rules, or no more. */
  readonly open: (part: string) => Promise<void>;
  readonly closed: (part: string) => Promise<void>;
  /** Until the daemon has said this so often in all. */
  readonly said: (words: string, times: number) => Promise<void>;
}

function hostIn(sandbox: Sandbox, state: State, daemon: Daemon): Host {
  const rules = async (): Promise<readonly string[]> => {
    const saved = await sandbox.must('dom0', ['iptables-save', '-t', 'nat']);
    return saved.split('\n').filter((line) => line.startsWith('-A NR-A-main '));
  };
  const has = async (part: string): Promise<boolean> => (await rules()).some((line) => line.includes(part));
  const host: Host = {
    sandbox,
    state,
    daemon,
    rules,
    byHand: (...argv) => sandbox.must('dom0', ['iptables', '-w', '5', '-t', 'nat', ...argv]),
    open: (part) =>
      until(
        `the rule ${part}`,
        () => has(part),
        () => host.daemon.log(),
      ),
    closed: (part) =>
      until(
        `the end of ${part}`,
        async () => !(await has(part)),
        () => host.daemon.log(),
      ),
    said: (words, times) =>
      until(
        `"${words}" for the ${times}. time`,
        () => host.daemon.log().split(words).length > times,
        () => host.daemon.log(),
      ),
  };
  return host;
}

/** The words of a rule for `iptables -D`. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? '');

async function takeOut(host: Host, comment: string): Promise<void> {
  const line = (await host.rules()).find((one) => one.includes(`"natroute ${comment}"`));
  assert.ok(line !== undefined, `no rule of ${comment}`);
  await host.byHand('-D', ...wordsOf(line).slice(1));
}

const forward = (file: string, line: string): string => file.replace(/forwards:\n/, `forwards:\n  - ${line}\n`);

async function pushes(host: Host): Promise<Pick<Day['commits'], 'open8443' | 'open2022'>> {
  const { state } = host;
  const open8443 = await state.push(
    { 'guests/web.yaml': forward(state.read('guests/web.yaml'), '{ port: 8443, to: 443 }') },
    'Open 8443 for the new site\n\nSee merge request ops/dom0!12\n',
  );
  await host.open('main:8443/tcp');
  const open2022 = await state.push(
    { 'guests/mail.yaml': forward(state.read('guests/mail.yaml'), '{ port: 2022, to: 22, from: [admins] }') },
    'Let admins in to mail',
    bob,
  );
  await host.open('main:2022/tcp');
  await host.said('applied commit', 2);
  return { open8443: open8443.commit, open2022: open2022.commit };
}

/** A port opened, a rule taken out, and a rule narrowed with nft in the same moment as another port is opened. */
async function handEdits(host: Host): Promise<void> {
  await host.byHand(
    '-I',
    'NR-A-main',
    '1',
    ...'-p tcp --dport 2323 -j DNAT --to-destination 192.168.1.9:23'.split(' '),
  );
  await host.closed('--dport 2323');
  await host.said('healed 1 change', 1);
  await takeOut(host, 'mail main:25/tcp');
  await host.open('main:25/tcp');
  await host.said('healed 1 change', 2);
  const listed = await host.sandbox.must('dom0', ['nft', '-a', 'list', 'chain', 'ip', 'nat', 'NR-DST']);
  const handle = / comment "natroute main" jump NR-A-main.*# handle (\d+)|jump NR-A-main.*# handle (\d+)/.exec(listed);
  assert.ok(handle !== null, listed);
  const script = [
    'iptables -w 5 -t nat -I NR-A-main 1 -p tcp --dport 2424 -j DNAT --to-destination 192.168.1.9:24',
    `nft 'replace rule ip nat NR-DST handle ${handle[1] ?? handle[2] ?? ''} ip saddr != { 192.0.2.9, 192.0.2.77 } ip daddr 203.0.113.10 counter jump NR-A-main comment "natroute main"'`,
  ];
  await host.sandbox.must('dom0', ['sh', '-euc', script.join('\n')]);
  await host.closed('--dport 2424');
  await host.said('iptables does not show all of it', 1);
  await until(
    'the narrowed rule as it was',
    async () => !(await host.sandbox.must('dom0', ['nft', 'list', 'chain', 'ip', 'nat', 'NR-DST'])).includes('!='),
    () => host.daemon.log(),
  );
}

/** Somebody was there while nobody watched. */
async function restart(host: Host): Promise<void> {
  assert.equal(await host.daemon.stop(), 0);
  await takeOut(host, 'mail main:443/tcp');
  host.daemon = await host.sandbox.daemon();
  await host.open('main:443/tcp');
}

async function suspension(host: Host): Promise<Pick<Day, 'statusThen' | 'driftThen'> & { readonly at: Date }> {
  await natroute(host.sandbox, ...'suspend --only main:8443/tcp --for 8s --reason'.split(' '), 'moving the site');
  await takeOut(host, 'web main:8443/tcp');
  await host.said('reported: main:8443/tcp is left alone', 1);
  const at = new Date();
  const [statusThen, driftThen] = await Promise.all([
    natroute(host.sandbox, 'status'),
    natroute(host.sandbox, 'drift'),
  ]);
  await host.open('main:8443/tcp');
  return { at, statusThen, driftThen };
}

/** A forward whose date is some seconds away. The last second in which it is open. */
async function dated(host: Host): Promise<{ readonly commit: string; readonly dateStop: number }> {
  const stop = Math.floor(Date.now() / 1000) + 5;
  const day = new Date(stop * 1000).toISOString().replace('.000Z', 'Z');
  const web = forward(host.state.read('guests/web.yaml'), `{ port: 9443, to: 443, until: "${day}" }`);
  const { commit } = await host.state.push({ 'guests/web.yaml': web }, 'Show the draft for a moment', bob);
  await host.open('main:9443/tcp');
  return { commit, dateStop: stop };
}

/** Puts its jump first whenever it is not, under a name of its own. */
const rival = `ln -s "$(readlink ${inside.bin}/iptables)" ${inside.bin}/fw-agent
fw-agent iptables -w 5 -t nat -N FW-AGENT
while [ ! -e ${inside.temporary}/rival-ends ]; do
  case "$(iptables -t nat -S PREROUTING 1 2>/dev/null)" in *FW-AGENT*) ;; *)
    fw-agent iptables -w 5 -t nat -D PREROUTING -j FW-AGENT 2>/dev/null || true
    fw-agent iptables -w 5 -t nat -I PREROUTING 1 -j FW-AGENT ;;
  esac
  sleep 0.02
done`;

async function fight(host: Host): Promise<void> {
  const ended = host.sandbox.exec('dom0', ['sh', '-euc', rival], { timeoutMs: 60_000 });
  await host.said('fw-agent insists on being first', 1);
  // It goes on insisting; natroute no more.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await host.sandbox.must('dom0', ['touch', `${inside.temporary}/rival-ends`]);
  assert.equal((await ended).code, 0, (await ended).stderr);
}

/** The whole of it; whoever asks for it ends the sandbox. */
export async function playDay(): Promise<Day> {
  const sandbox = await startSandbox({ backend: 'nft', reached: 'route', bridgeNf: 0 });
  try {
    const state = await makeState(sandbox, 'route');
    // The forwards alone are the day's business.
    const guests = ['web', 'mail', 'siteclient'].map((name) => `guests/${name}.yaml`);
    const { commit: first } = await state.push(
      Object.fromEntries(guests.map((path) => [path, `${state.read(path)}state: unmanaged\n`])),
      'Leave the guests to somebody else',
    );
    writeConfig(sandbox, { schedule: '* * * * * *' });
    const before = new Date();
    await natroute(sandbox, 'apply', '--yes');
    const host = hostIn(sandbox, state, await sandbox.daemon());
    await host.said(' follows ', 1);
    const pushed = await pushes(host);
    const bothOpen = new Date();
    const rulesThen = await host.rules();
    await handEdits(host);
    const { commit: revert2022 } = await state.revert(pushed.open2022);
    await host.closed('main:2022/tcp');
    await host.said('applied commit', 3);
    const reverted = new Date();
    await restart(host);
    const { at: suspended, ...shown } = await suspension(host);
    const { commit: datedCommit, dateStop } = await dated(host);
    await fight(host);
    await until('the date', () => Date.now() > (dateStop + 2) * 1000, host.daemon.log);
    return {
      ...{ sandbox, daemon: host.daemon, rulesThen, dateStop, ...shown },
      commits: { first, ...pushed, revert2022, dated: datedCommit },
      times: { before, bothOpen, reverted, suspended, end: new Date() },
    };
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
}
