/**
 * `npm start`: the reference host in namespaces, natroute on it, and what it is for, seen working. Every line that is
 * printed was checked. `--keep` leaves all of it running.
 */
import { spawnSync } from 'node:child_process';
import type { Daemon } from '../sandbox/commands.ts';
import { inside, reference, type Backend } from '../sandbox/network.ts';
import { differences, everywhere, forwards, inward, outward } from '../sandbox/reachability.ts';
import { startSandbox, type Destination, type Sandbox } from '../sandbox/sandbox.ts';
import { author, makeState, writeConfig, type State } from '../sandbox/state.ts';
import type { Answer } from '../sandbox/wire.ts';
import { checked, Disappointment, eventually, heading, none, same } from './checks.ts';
import { history, natroute, status, type HistoryEntry } from './program.ts';
import { hints, tryShell, writeShells } from './shells.ts';

const reached = 'mac';
const guests = ['mail', 'siteclient', 'web'];
const logLines = 30;
const daemonLog = `${inside.folder}/daemon.log`;
const wait = { withinMs: 20_000, everyMs: 10 } as const;
const ms = (value: number): string => `${Math.round(value)} ms`;

interface Stage {
  readonly sandbox: Sandbox;
  readonly state: State;
}

/** This machine's own kind of iptables, which is the one that is known to work here. */
function backend(): Backend {
  return spawnSync('iptables', ['--version'], { encoding: 'utf8' }).stdout.includes('legacy') ? 'legacy' : 'nft';
}

async function emptyHost({ sandbox }: Stage): Promise<void> {
  const ssh = await sandbox.connect('internet', { to: reference.main, port: 22 });
  same('who answers on main:22', ssh, { name: 'dom0', port: 22, peer: reference.gateway });
  same('main:80', await sandbox.connect('internet', { to: reference.main, port: 80 }), 'refused');
  checked(`dom0 answers at ${reference.main} on its own port 22; port 80 is closed`);
}

async function firstApply({ sandbox }: Stage): Promise<void> {
  const plan = JSON.parse(await natroute(sandbox, 'plan', '--json')) as { impact: readonly { effect: string }[] };
  same(
    'what plan opens',
    plan.impact.map((one) => one.effect),
    forwards.map(() => 'opens'),
  );
  checked(`natroute plan: ${plan.impact.length} forwards would open, nothing else would change`);
  same('main:80', await sandbox.connect('internet', { to: reference.main, port: 80 }), 'refused');
  await natroute(sandbox, 'apply', '--yes');
  const { generation, drift } = await status(sandbox);
  same('generation and drift', { generation, drift }, { generation: 1, drift: null });
  checked('natroute apply: read back and in force as generation 1');
}

async function startGuests({ sandbox }: Stage): Promise<Daemon> {
  const daemon = await sandbox.daemon();
  await Promise.all(guests.map((guest) => sandbox.ready(guest)));
  await eventually(
    'every guest to be converged',
    async () => ((await status(sandbox)).guests.every((guest) => guest.state === 'converged') ? true : null),
    wait,
  );
  checked(`natroute run made the guests ${guests.join(', ')}; their services are up`);
  return daemon;
}

async function forwardsAnswer({ sandbox }: Stage): Promise<void> {
  for (const expectation of inward('v4').filter((one) => one.namespace === 'internet' && one.ends !== 'nobody')) {
    none(await differences(sandbox, [expectation]));
    const { to, port, protocol, ends } = expectation;
    const name = to === reference.main ? 'main' : 'failover';
    checked(`${name}:${port}/${protocol} ${ends === 'refused' ? 'reaches nobody' : `is answered by ${ends}`}`);
  }
  const others = inward('v4').filter((one) => one.namespace !== 'internet');
  none(await differences(sandbox, others));
  checked(`the same from ${everywhere.slice(1).join(', ')}: ${others.length} connections`);
  none(
    await differences(
      sandbox,
      outward([
        [25, 'tcp'],
        [53, 'udp'],
      ]),
    ),
  );
  checked(`guests leave as ${reference.main}, the routed siteclient as ${reference.failover}`);
}

async function pushOpensPort({ sandbox, state }: Stage): Promise<string> {
  const destination = { to: reference.main, port: 8443 };
  same('main:8443', await sandbox.connect('internet', destination), 'refused');
  const edit = `${state.read('guests/web.yaml')}  - { port: 8443, to: 443, description: the shop }\n`;
  const { commit, pushStarted } = await state.push({ 'guests/web.yaml': edit }, 'Open 8443 for the shop');
  const web = { name: 'web', port: 443, peer: reference.gateway };
  await eventually('main:8443 to answer', async () => ((await answers(sandbox, destination, web)) ? true : null), wait);
  const after = performance.now() - pushStarted;
  checked(`commit ${commit.slice(0, 10)}: main:8443/tcp was answered by web:443 ${ms(after)} after git push was typed`);
  // What is changed by hand while a pass still reads back is part of that pass, and no drift of its own.
  await entry(
    { sandbox },
    'the push in the ledger',
    (one) => one.record.cause === 'push' && one.record.desired?.commit === commit,
  );
  return commit;
}

async function handEditHeals({ sandbox }: Stage): Promise<void> {
  const rule = ['-p', 'tcp', '-m', 'tcp', '--dport', '80', '-m', 'comment', '--comment', 'natroute web main:80/tcp'];
  const jump = ['-j', 'DNAT', '--to-destination', `${reference.web}:80`];
  const destination = { to: reference.main, port: 80 };
  const web = { name: 'web', port: 80, peer: reference.gateway };
  await sandbox.must('dom0', ['iptables', '-t', 'nat', '-D', 'NR-A-main', ...rule, ...jump]);
  const { ms: after } = await eventually(
    'main:80 to answer again',
    async () => ((await answers(sandbox, destination, web)) ? true : null),
    wait,
  );
  await entry({ sandbox }, 'the heal in the ledger', (one) => one.record.cause === 'heal');
  const drift = await entry({ sandbox }, 'the drift in the ledger', (one) => one.record.cause === 'drift');
  same(
    'what is reported',
    drift.record.changes.map((one) => [one.action, one.kind, one.key]),
    [['delete', 'rule', 'natroute web main:80/tcp']],
  );
  checked('dom0 # iptables -t nat -D NR-A-main ... (web, main:80/tcp): found and reported as drift');
  same('drift', (await status(sandbox)).drift, null);
  checked(`healed: main:80/tcp was answered by web:80 again, ${ms(after)} after the deletion`);
}

async function answers(sandbox: Sandbox, destination: Destination, answer: Answer): Promise<boolean> {
  const outcome = await sandbox.connect('internet', { ...destination, timeoutMs: 500 });
  if (typeof outcome === 'string') return false;
  same(`who answers on port ${destination.port}`, outcome, answer);
  return true;
}

async function entry(
  { sandbox }: Pick<Stage, 'sandbox'>,
  what: string,
  test: (one: HistoryEntry) => boolean,
): Promise<HistoryEntry> {
  return (await eventually(what, async () => (await history(sandbox)).find(test) ?? null, wait)).seen;
}

async function historyShows({ sandbox }: Stage, commit: string): Promise<void> {
  const entries = [...(await history(sandbox))].reverse();
  const shown = entries.map(({ record }) => `${record.cause} ${record.outcome}`);
  same('history, oldest first', shown, ['push applied', 'push applied', 'drift reported', 'heal healed']);
  const [, push] = entries;
  same(
    'the push in history',
    [push?.record.desired?.commit, push?.record.desired?.author],
    [commit, `${author.name} <${author.mail}>`],
  );
  const text = await natroute(sandbox, 'history');
  const ids = entries.map(({ id }) => id.slice(0, 7));
  const lines = text
    .trim()
    .split('\n')
    .filter((line) => ids.some((id) => line.includes(id)))
    .reverse();
  same('lines of natroute history', lines.length, entries.length);
  for (const [index, { id, record }] of entries.entries()) {
    const line = lines[index] ?? '';
    if (!line.includes(id.slice(0, 7)) || !line.includes(record.outcome)) {
      throw new Disappointment(`a line of natroute history for ${id}, ${record.outcome}`, line);
    }
    checked(line);
  }
}

async function stopChangesNothing({ sandbox }: Stage, daemon: Daemon): Promise<void> {
  const rules = async (): Promise<string> =>
    (await sandbox.must('dom0', ['iptables-save', '-t', 'nat'])).replace(/^#.*$|\[\d+:\d+\]/gm, '');
  const before = await rules();
  same('exit code of natroute run', await daemon.stop(), 0);
  same('the rules after SIGTERM', await rules(), before);
  none(
    await differences(
      sandbox,
      inward('v4').filter((one) => one.namespace === 'internet'),
    ),
  );
  checked('SIGTERM ended natroute run; not one rule changed, and every forward still answers');
}

async function leaveRunning(stage: Stage, daemon: Daemon): Promise<void> {
  const { sandbox, state } = stage;
  writeShells(sandbox, state);
  for (const namespace of everywhere) {
    const said = await tryShell(sandbox, namespace, 'ip -brief address show scope global');
    if (!/\d+\.\d+\.\d+\.\d+/.test(said)) throw new Disappointment(`a shell in ${namespace}`, said);
  }
  same(
    'natroute status in dom0’s shell',
    /generation +2/.test(await tryShell(sandbox, 'dom0', 'natroute status')),
    true,
  );
  same('the daemon', daemon.exitCode(), null);
  same('its log', /follows main/.test(await tryShell(sandbox, 'web', `cat ${daemonLog}`)), true);
  heading(
    'It goes on. A shell in each namespace (there: natroute status, edit guests/web.yaml, git commit -a, git push):',
  );
  for (const hint of hints(sandbox)) process.stdout.write(`  ${hint}\n`);
  process.stdout.write(`\nThe daemon's log, in each shell: ${daemonLog}\n`);
  process.stdout.write(`\nTake all of it down:\n  kill -KILL ${sandbox.pid}\n`);
  daemon.leave();
}

async function tour(stage: Stage, hold: { daemon: Daemon | null }, keep: boolean): Promise<void> {
  await emptyHost(stage);
  heading('The first apply, by hand:');
  await firstApply(stage);
  const daemon = await startGuests(stage);
  hold.daemon = daemon;
  heading('From the internet:');
  await forwardsAnswer(stage);
  heading('A commit opens a port:');
  const commit = await pushOpensPort(stage);
  heading('A rule deleted by hand:');
  await handEditHeals(stage);
  heading('natroute history, oldest first:');
  await historyShows(stage, commit);
  if (keep) {
    await leaveRunning(stage, daemon);
    return;
  }
  heading('The end:');
  await stopChangesNothing(stage, daemon);
}

function showFailure(error: unknown, daemon: Daemon | null): void {
  const text =
    error instanceof Disappointment
      ? `expected ${error.expected}\n  came ${error.came}`
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  process.stdout.write(`\nFAILED\n  ${text}\n`);
  if (daemon === null) return;
  process.stdout.write(
    `\nThe end of the daemon's log:\n${daemon.log().trimEnd().split('\n').slice(-logLines).join('\n')}\n`,
  );
}

let interrupted = false;

async function main(): Promise<number> {
  const keep = process.argv.includes('--keep');
  const started = performance.now();
  const kind = backend();
  const sandbox = await startSandbox({ backend: kind, reached, bridgeNf: 0, keep });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      void sandbox.stop().then(() => {
        process.stdout.write('\nInterrupted; nothing is left.\n');
        process.exit(1);
      });
      // What was under way fails now; that is no finding.
      interrupted = true;
    });
  }
  const hold: { daemon: Daemon | null } = { daemon: null };
  try {
    const state = await makeState(sandbox, reached);
    writeConfig(sandbox, { schedule: '*/5 * * * * *' });
    heading(`The reference host, in namespaces, with ${kind} iptables (${ms(performance.now() - started)}):`);
    await tour({ sandbox, state }, hold, keep);
  } catch (error) {
    if (!interrupted) showFailure(error, hold.daemon);
    await sandbox.stop();
    return 1;
  }
  if (!keep) await sandbox.stop();
  process.stdout.write(`\nAll of it was seen working, in ${((performance.now() - started) / 1000).toFixed(1)} s.\n`);
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`natroute: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
