/** What the nat tables are after a boot, before the daemon's first pass: ours, and what others had restored. */
import { bootUnit, type BootFiles } from '../../model/boot.ts';
import type { Change } from '../../model/change.ts';
import { families, type Family } from '../../model/family.ts';
import type { NatTable } from '../../model/nat.ts';
import type { NatTarget } from '../../model/target.ts';
import { fine, type Remark, risk } from '../doctor/facts.ts';
import { ownerOfChain, ownerOfRule } from '../coexist/owner.ts';
import { applyRestore } from '../nat/apply.ts';
import { driftNat } from '../nat/diff.ts';
import { isBuiltin, isOurJump, ownedChains } from '../nat/ours.ts';
import { parseTables } from '../nat/save.ts';
import { placeOf } from '../nat/tables.ts';

const daemonUnit = 'natroute.service';
const saver = 'netfilter-persistent.service';
/** So many rules are named. */
const shown = 5;

export interface BootRules {
  /** What is in force. */
  readonly applied: Readonly<Record<Family, NatTarget>>;
  /** What the generation in force gives a boot; null where it has no such file. */
  readonly own: Readonly<Record<Family, string | null>>;
  /** Null where the tables may not be read. */
  readonly observed: Readonly<Record<Family, NatTable>> | null;
}

const nothing: NatTable = { chains: [] };

export function ruleRemarks(rules: BootRules, files: BootFiles): readonly Remark[] {
  const remarks = [...unitRemarks(files), ...families.flatMap((family) => familyRemarks(family, rules, files))];
  const scripts = files.scripts.map(({ path, line, text }) =>
    risk(
      'boot-script',
      `${path}:${line} calls iptables at boot: ${text}`,
      'To natroute that is a stranger: once `natroute apply --take` has taken over what it adds, remove that line.',
    ),
  );
  return [...remarks, ...scripts];
}

function unitRemarks({ enabledUnits, missingPrograms }: BootFiles): readonly Remark[] {
  if (enabledUnits === null)
    return [
      risk(
        'boot-unit',
        'this host has no systemd, so natroute cannot tell what its boot starts',
        'Let the boot load current/boot.v4 and boot.v6 with iptables-restore --noflush, and start `natroute run`.',
      ),
    ];
  const [program] = missingPrograms;
  if (enabledUnits.includes(bootUnit) && program !== undefined)
    return [
      risk(
        'boot-unit',
        `${bootUnit} is enabled and runs ${program}, which is not there: it restores nothing`,
        'Put it there (deploy/systemd/restore-at-boot.sh), or correct the path in the unit.',
      ),
    ];
  if (enabledUnits.includes(bootUnit))
    return [fine('boot-unit', `${bootUnit} restores the rules before the network is up`)];
  const daemon = enabledUnits.includes(daemonUnit);
  return [
    risk(
      'boot-unit',
      daemon
        ? 'the rules come back only with the first pass of the daemon: until then all forwards are closed'
        : 'nothing brings the rules back after a boot',
      `systemctl enable ${bootUnit}${daemon ? '' : ` ${daemonUnit}`}`,
    ),
  ];
}

function familyRemarks(family: Family, { applied, own, observed }: BootRules, files: BootFiles): readonly Remark[] {
  const six = family === 'v6' ? ' of IPv6' : '';
  const text = own[family];
  if (text === null)
    return [
      risk(
        'boot-rules',
        `the generation in force has no rules${six} for a boot: an older natroute made it`,
        'The next commit, or `natroute apply`, makes one that has.',
      ),
    ];
  const restored = files.enabledUnits?.includes(saver) === true ? files.saved[family] : null;
  let before: NatTable;
  try {
    before = restored === null ? nothing : parseTables(restored.text);
  } catch (error) {
    return [
      risk(
        'boot-rules',
        `${restored?.path ?? ''} is loaded at boot and cannot be read: ${(error as Error).message}`,
        'Write it anew with `netfilter-persistent save`, or disable that service.',
      ),
    ];
  }
  const wrong = driftNat(applied[family], bootTable(before, text), family);
  return [
    ...(wrong.length === 0
      ? [fine('boot-rules', `a boot gives the rules${six} that are in force`)]
      : [differs(wrong, restored?.path ?? null, six)]),
    ...(observed === null ? [] : strangerRemarks(before, observed[family], { family, path: restored?.path ?? null })),
  ];
}

/** As natroute-boot does it: only where none of ours is there yet. */
function bootTable(before: NatTable, text: string): NatTable {
  const there = before.chains.some(({ name }) => name === 'NR-DST' || name === 'NR-SRC');
  return there || text === '' ? before : applyRestore(before, text);
}

function differs(wrong: readonly Change[], path: string | null, six: string): Remark {
  const first = wrong.slice(0, shown).map(({ action, chain, key }) => `${action} ${chain ?? ''} ${key}`.trim());
  const more = wrong.length > shown ? ` and ${wrong.length - shown} more` : '';
  return risk(
    'boot-rules',
    `until the daemon's first pass a boot gives other rules${six}${path === null ? '' : ` because of ${path}`}: ${first.join('; ')}${more}`,
    path === null
      ? 'natroute apply'
      : `Save that file anew without natroute's rules: what stands there of chains NR-... is old and comes first.`,
  );
}

interface Restored {
  readonly family: Family;
  readonly path: string | null;
}

/** Strangers that a boot does not bring back, and those that come back although they were deleted. */
function strangerRemarks(before: NatTable, now: NatTable, { family, path }: Restored): readonly Remark[] {
  const six = family === 'v6' ? 'IPv6 ' : '';
  const here = strangersIn(now);
  const then = strangersIn(before);
  const list = (rules: readonly string[]): string =>
    rules.slice(0, shown).join('; ') + (rules.length > shown ? ` and ${rules.length - shown} more` : '');
  const lost = here.filter((rule) => !then.includes(rule));
  const back = then.filter((rule) => !here.includes(rule));
  return [
    ...(lost.length === 0
      ? []
      : [
          risk(
            'boot-strangers',
            `no file that natroute knows of brings back after a boot: ${six}${list(lost)}`,
            'Whoever made them must make them again; what shall last belongs into the state repository (`natroute plan --json`, `apply --take`).',
          ),
        ]),
    ...(back.length === 0
      ? []
      : [
          risk(
            'boot-strangers',
            `${path ?? ''} brings back at boot what is no more there: ${six}${list(back)}`,
            'Save that file anew: netfilter-persistent save',
          ),
        ]),
  ];
}

/** Rules of nobody known: the programs that natroute knows make theirs again. */
function strangersIn(table: NatTable): readonly string[] {
  const owned = ownedChains(table, { chains: [], jumps: [] }, null);
  return table.chains
    .filter(({ name }) => placeOf(name).table === 'nat' && !owned.has(name) && ownerOfChain(name) === null)
    .flatMap(({ name, rules }) =>
      rules
        .filter(({ text }) => !(isBuiltin(name) && isOurJump(text)) && ownerOfRule(text) === null)
        .map(({ text }) => `-A ${name} ${text}`),
    );
}
