/**
 * Auditing for the length of a test, and the machine as it was before afterwards, even where the test is killed: a shell
 * holds a lock, the daemon and the switch until its input ends. Auditing is one for the whole machine.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const journald = '/lib/systemd/systemd-journald';
const lock = '/etc/audit/auditd.conf';

/** Why this machine's auditing is not for a test; null where it is off, unused and ours to switch. */
export function whyNoAudit(): string | null {
  if (process.getuid?.() !== 0) return 'only root switches auditing';
  if (!existsSync(lock) || !existsSync('/usr/sbin/auditd')) return 'auditd is not installed';
  const { status, stdout } = spawnSync('/usr/sbin/auditctl', ['-s'], { encoding: 'utf8' });
  if (status !== 0) return 'auditing cannot be asked about here';
  const held = spawnSync('flock', ['-n', lock, 'true']).status !== 0;
  if (!held && !/^enabled 0\n(?:.*\n)*pid 0$/m.test(stdout)) return 'auditing is in use';
  const rules = spawnSync('/usr/sbin/auditctl', ['-l'], { encoding: 'utf8' }).stdout;
  return rules.trim() === 'No rules' ? null : 'there are audit rules';
}

const asBefore = `
state() { /usr/sbin/auditctl -s | grep -E '^(enabled|failure|pid|rate_limit|backlog_limit) '; }
before=$(state)
case $before in *'enabled 0'*'pid 0'*) ;; *) echo busy; exit 1;; esac`;
const untilInputEnds = `
i=0; until check; do i=$((i+1)); [ $i -lt 200 ] || break; sleep 0.05; done
/usr/sbin/auditctl -e 1 >&2
echo ready $$
cat >/dev/null
/usr/sbin/auditctl -e 0 >&2
kill $daemon; wait $daemon
[ "$before" = "$(state)" ] && echo restored || { echo differs; state >&2; }`;

export interface AuditHold {
  /** Of the shell that sees the folders of the daemon. */
  readonly pid: number;
  /** Ends it; whether the machine is as it was. */
  release(): Promise<boolean>;
}

/** auditd with its log and its config in this folder. */
export async function holdAuditd(folder: string): Promise<AuditHold> {
  mkdirSync(join(folder, 'plugins.d'), { recursive: true });
  mkdirSync(join(folder, 'log'), { mode: 0o700 });
  const config = {
    log_file: join(folder, 'log', 'audit.log'),
    log_format: 'RAW',
    log_group: 'root',
    plugin_dir: join(folder, 'plugins.d'),
    local_events: 'yes',
    write_logs: 'yes',
    flush: 'NONE',
    freq: 0,
    num_logs: 2,
    max_log_file: 8,
    max_log_file_action: 'ROTATE',
    space_left: 75,
    space_left_action: 'IGNORE',
    admin_space_left: 50,
    admin_space_left_action: 'IGNORE',
    disk_full_action: 'IGNORE',
    disk_error_action: 'IGNORE',
    priority_boost: 0,
    name_format: 'NONE',
  };
  const text = Object.entries(config).map(([key, value]) => `${key} = ${value}\n`);
  writeFileSync(join(folder, 'auditd.conf'), text.join(''), { mode: 0o640 });
  return hold(
    ['sh', '-c'],
    `${asBefore}
auditd -n -c "$1" >&2 & daemon=$!
check() { /usr/sbin/auditctl -s | grep -q "^pid $daemon$"; }${untilInputEnds}`,
    folder,
  );
}

/**
 * systemd-journald with folders of its own: what it writes is below /proc/PID/root/run/log/journal. To be called in the
 * first network namespace, because the kernel tells readers of the trail only there.
 */
export async function holdJournald(): Promise<AuditHold> {
  return hold(
    ['unshare', '-m', '--propagation', 'private', 'sh', '-c'],
    `${asBefore}
mount -t tmpfs none /run && mount -t tmpfs none /var/log || exit 1
mkdir -p /run/systemd/journal /run/log/journal
${journald} >&2 & daemon=$!
check() { ls /run/log/journal/*/system.journal >/dev/null 2>&1; }${untilInputEnds}`,
    '',
  );
}

async function hold(shell: readonly string[], script: string, argument: string): Promise<AuditHold> {
  const args = ['-w', '60', lock, ...shell, script, 'sh', argument];
  const child = spawn('flock', args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  let said = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  await until(child, () => said.includes('\n'));
  const [, pid] = /^ready (\d+)/.exec(said) ?? [];
  assert.ok(pid !== undefined, said + errors);
  return {
    pid: Number(pid),
    async release() {
      child.stdin.end();
      await until(child, () => false);
      assert.match(said, /restored/, errors);
      return true;
    },
  };
}

async function until(child: ChildProcess, done: () => boolean): Promise<void> {
  for (let i = 0; i < 1500 && !done(); i++) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
