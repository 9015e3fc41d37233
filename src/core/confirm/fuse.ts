/**
 * The fuse: one small shell file that brings our chains back to the last good rules when nobody confirmed in time, and the
 * kernel settings that the change set to what they were. It is written before the change, needs neither natroute nor git nor
 * Node, and touches nothing but chains and jumps of ours and those settings.
 */
import { families, type Family } from '../../model/family.ts';
import type { SysctlSwap } from '../../model/file.ts';
import { sysctlPath, sysctlValue } from '../../model/sysctl.ts';
import type { NatTarget } from '../../model/target.ts';
import { placeOf, restoreOf } from '../nat/tables.ts';

export interface FuseFacts {
  readonly generation: number;
  readonly previous: number | null;
  /** The folder of the fuse's own files. */
  readonly folder: string;
  /** Taken by whoever decides: `natroute confirm`, the daemon, or the fuse. */
  readonly lock: string;
  /** Seconds since the boot at which it acts. */
  readonly atUptime: number;
  readonly lockWaitSeconds: number;
  readonly tries: number;
}

/** The rules of both generations: those to be taken back, and those to come back (null: none of ours). */
export interface FuseAim {
  readonly trial: Readonly<Record<Family, NatTarget>>;
  readonly back: Readonly<Record<Family, NatTarget>> | null;
  /** As the change sets them, in that order. */
  readonly sysctls: readonly SysctlSwap[];
}

/** While it is there, nothing is decided yet. */
export function armedName(generation: number): string {
  return `armed-${generation}`;
}

/** It stays: the fuse is out. */
export function confirmedName(generation: number): string {
  return `confirmed-${generation}`;
}

/** The last good rules are back in the kernel. */
export function firedName(generation: number): string {
  return `fired-${generation}`;
}

/** Name -> content of the fuse's files, `fuse.sh` among them. */
export function fuseFiles(facts: FuseFacts, aim: FuseAim): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const steps: string[] = [];
  for (const family of families) {
    const text = backText(aim.trial[family], aim.back?.[family] ?? null);
    if (text === '') continue;
    files.set(`back.${family}`, text);
    const iptables = family === 'v4' ? 'iptables' : 'ip6tables';
    const wait = `-w ${facts.lockWaitSeconds}`;
    steps.push(`${iptables}-restore --noflush ${wait} <back.${family} || failed=1`);
    for (const { chain, text: jump } of aim.back?.[family].jumps ?? []) {
      const { table, name } = placeOf(chain);
      const command = `${iptables} ${wait} -t ${table}`;
      steps.push(`${command} -C ${name} ${jump} 2>/dev/null || ${command} -I ${name} 1 ${jump} || failed=1`);
    }
  }
  for (const { key, found, wanted } of aim.sysctls.toReversed())
    steps.push(`setting ${[sysctlPath(key), sysctlValue(wanted), found].map(quoted).join(' ')} || failed=1`);
  files.set('fuse.sh', script(facts, steps));
  return files;
}

/** Empties or refills every chain of both generations, whatever is in them; '' where there is none. */
function backText(trial: NatTarget, back: NatTarget | null): string {
  const names = new Set([...trial.chains, ...(back?.chains ?? [])].map(({ name }) => name));
  return restoreOf([
    ...[...names].sort().map((name) => `:${name} - [0:0]`),
    ...(back?.chains ?? []).flatMap(({ name, rules }) => rules.map(({ text }) => `-A ${name} ${text}`)),
  ]);
}

function script(facts: FuseFacts, steps: readonly string[]): string {
  const [armed, fired] = [armedName(facts.generation), firedName(facts.generation)];
  const back = facts.previous === null ? 'no rules of natroute' : `generation ${facts.previous}`;
  return `#!/bin/sh
# natroute's fuse: ${back} again, unless generation ${facts.generation} is confirmed in time.
# It ends by itself, and does nothing, once ${armed} is gone.
cd ${quoted(facts.folder)} || exit 1
PATH=$PATH:/usr/sbin:/sbin
export PATH LC_ALL=C

# What somebody else set meanwhile is theirs, and an interface that is gone needs none.
setting() {
  [ -e "/proc/sys/$1" ] || return 0
  there=$(tr -s '[:space:]' ' ' <"/proc/sys/$1") && [ "\${there% }" = "$2" ] || return 0
  printf '%s\\n' "$3" >"/proc/sys/$1"
}

uptime() { read -r seconds rest </proc/uptime && echo "\${seconds%%.*}"; }

back() {
  [ -e ${armed} ] || return 0
  failed=0
${steps.map((step) => `  ${step}`).join('\n')}
  [ "$failed" = 0 ] || return 1
  mv ${armed} ${fired} || return 1
  logger -t natroute 'generation ${facts.generation} was not confirmed in time: ${back} in the kernel again' 2>/dev/null || true
}

while [ -e ${armed} ] && [ "$(uptime)" -lt ${Math.ceil(facts.atUptime)} ]; do sleep 1; done
tries=0
while [ -e ${armed} ] && [ "$tries" -lt ${facts.tries} ]; do
  tries=$((tries + 1))
  # A lock that nobody lets go must not keep people out.
  { flock -w 30 9 || true; back; } 9>>${quoted(facts.lock)} || { sleep 1; back; } || sleep 2
done
`;
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
