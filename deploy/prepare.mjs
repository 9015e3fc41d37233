// Makes a fresh clone able to run: Node's version, npm packages, Debian packages. Plain JavaScript, no dependency:
// it runs before anything is installed. What it cannot install it names in one line.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const wantedNode = [20, 19];

/** Command -> the Debian package that brings it. */
export const tools = {
  git: 'git',
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  iptables: 'iptables',
  nft: 'nftables',
  conntrack: 'conntrack',
  sysctl: 'procps',
  kill: 'procps',
  hostname: 'hostname',
  ping: 'iputils-ping',
};
/** What the tests and the static checks need besides. */
export const testTools = {
  ...tools,
  'shellcheck': 'shellcheck',
  'strace': 'strace',
  'script': 'bsdutils',
  'inotifywait': 'inotify-tools',
  'openssl': 'openssl',
  'ssh-keygen': 'openssh-client',
};

/** What boots a Xen of its own for the tests on one. */
export const xenTools = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  'mmdebstrap': 'mmdebstrap',
  'busybox': 'busybox-static',
  'mkfs.ext4': 'e2fsprogs',
  'cpio': 'cpio',
  'modprobe': 'kmod',
  'ssh': 'openssh-client',
  'xz': 'xz-utils',
  'file': 'file',
  'python3': 'python3',
};

const fail = (line) => {
  process.stderr.write(`natroute: ${line}\n`);
  process.exit(1);
};

const onPath = (command) =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const say = (line) => process.stdout.write(`${line}\n`);

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: top, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`.trim();
  return { ok: result.status === 0, missing: result.error?.code === 'ENOENT', output };
}

function prepareNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < wantedNode[0] || (major === wantedNode[0] && minor < wantedNode[1]))
    fail(`Node ${wantedNode.join('.')} or newer is needed; this is ${process.versions.node}. Install a newer Node.js.`);
}

function prepareNpm() {
  const lock = join(top, 'package-lock.json');
  const installed = join(top, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  say('installing npm packages...');
  // The tools that build and test are needed whatever NODE_ENV says.
  const result = run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  if (result.missing) fail('npm is missing; as root: apt-get install npm');
  if (!result.ok)
    fail(`npm ci failed; run it yourself to see all of it: ${result.output.split('\n').slice(-3).join(' ')}`);
}

function prepareDebian(wanted) {
  const missing = Object.keys(wanted).filter((command) => !onPath(command));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((command) => wanted[command]))];
  const byHand = `missing: ${missing.join(', ')}; as root: apt-get install ${packages.join(' ')}`;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) fail(byHand);
  say(`installing Debian packages: ${packages.join(' ')}...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Another apt on a fresh machine (unattended upgrades) is waited for.
  const patient = ['-y', '-q', '-o', 'DPkg::Lock::Timeout=120'];
  const install = () => run('apt-get', ['install', ...patient, '--no-install-recommends', ...packages], { env });
  let result = install();
  if (!result.ok) {
    run('apt-get', ['update', ...patient], { env });
    result = install();
  }
  if (!result.ok) fail(`${byHand} (apt-get: ${result.output.split('\n').slice(-2).join(' ')})`);
}

/** Installs what `wanted` (command -> package) names, or ends the process with one line that says what is missing. */
export function prepare(wanted) {
  prepareNode();
  const missingPath = ['/usr/sbin', '/sbin'].filter(
    (folder) => !(process.env.PATH ?? '').split(delimiter).includes(folder),
  );
  if (missingPath.length > 0) process.env.PATH = [process.env.PATH, ...missingPath].join(delimiter);
  prepareNpm();
  prepareDebian(wanted);
}

/** The version in package.json. */
export function version() {
  return JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')).version;
}
