/**
 * The rules as this very kernel spells them: loaded into a throw-away network namespace and saved there. It never
 * touches the live table, and it proves that the kernel takes the rules.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Family } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type { NetfilterFacts } from '../../ports.ts';
import { runCommandBytes } from '../command.ts';
import { programOf, type CommandWorld } from './backend.ts';
import { decodeBytes, encodeBytes } from './bytes.ts';

interface CanonicalWorld extends CommandWorld {
  readonly probe: (family: Family) => Promise<NetfilterFacts>;
}

/** Where the rules are loaded, and the command that then shows them. */
interface SpellingWorld extends CommandWorld {
  readonly show: readonly string[];
}

/** Both in one process tree, because a namespace dies with its last process. Nothing of the input reaches this text. */
const script = '"$1" --noflush -w "$2" || exit 90; shift 2; exec "$@"';
const refusedExit = 90;

type Namespace = 'own' | 'user';

/**
 * Faults: `command-failed` where the kernel refuses the rules (detail.output: its words and the line);
 * `no-permission` where no namespace can be made, or one without root's rights cannot take the rules.
 */
export function createCanonicalise(world: CanonicalWorld): (family: Family, text: string) => Promise<string> {
  const known = new Map<string, string>();
  return async (family, text) => {
    const facts = await world.probe(family);
    const key = createHash('sha256')
      .update(JSON.stringify([family, facts]))
      .update(text)
      .digest('hex');
    const before = known.get(key);
    if (before !== undefined) return before;
    const spelled = await spell({ ...world, show: saveCommand(family, text) }, family, text);
    known.set(key, spelled);
    for (const old of [...known.keys()].slice(0, -limits.canonicalKept)) known.delete(old);
    return spelled;
  };
}

function saveCommand(family: Family, text: string): readonly string[] {
  const each = 'for table do "$0" -t "$table" || exit 91; done';
  const tables = /^\*filter$/m.test(text) ? ['nat', 'filter'] : ['nat'];
  return ['sh', '-c', each, programOf(family, '-save'), ...tables];
}

/** What nft lists of these rules in a throw-away namespace. Faults: as createCanonicalise. */
export function listThrowAway(world: CommandWorld, family: Family, text: string): Promise<string> {
  const tables = (['nat', 'filter'] as const).filter((table) => new RegExp(`^\\*${table}$`, 'm').test(text));
  const commands = tables.map((table) => listCommand(family, table).join(' '));
  return spell({ ...world, show: ['sh', '-c', commands.join(' && ')] }, family, text);
}

/** Numbers only, so that no names of this host's files are in the way, and no counters. */
export function listCommand(family: Family, table: 'nat' | 'filter'): readonly string[] {
  return ['nft', '-n', '-s', 'list', 'table', family === 'v4' ? 'ip' : 'ip6', table];
}

async function spell(world: SpellingWorld, family: Family, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'natroute-spell-'));
  // The live table's lock is none of this namespace's business.
  const inside = { ...world, env: { ...world.env, XTABLES_LOCKFILE: join(folder, 'lock') } };
  try {
    return await tryIn(inside, 'own', family, text);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'no-permission') throw error;
    return await tryIn(inside, 'user', family, text);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function tryIn(world: SpellingWorld, namespace: Namespace, family: Family, text: string): Promise<string> {
  const refusal = await load(world, namespace, family, text);
  if (typeof refusal === 'string') return refusal;
  throw await explain(world, namespace, { family, text, refusal });
}

interface Refusal {
  readonly message: string;
}

/** The saved text, or what restore said. Throws Fault no-permission where the namespace could not be made. */
async function load(
  world: SpellingWorld,
  namespace: Namespace,
  family: Family,
  text: string,
): Promise<string | Refusal> {
  const file = 'unshare';
  const inner = ['sh', '-c', script, 'sh', programOf(family, '-restore'), String(limits.lockWaitSeconds)];
  const args = [namespace === 'own' ? '-n' : '-Urn', '--', ...inner, ...world.show];
  try {
    const result = await runCommandBytes({
      file,
      args,
      input: encodeBytes(text),
      env: world.env,
      ...(world.started === undefined ? {} : { started: world.started }),
      accept: [0, refusedExit],
      timeoutSeconds: limits.tableSeconds,
      outputBytes: limits.saveBytes,
      shown: `${programOf(family, '-restore')} in a throw-away network namespace`,
    });
    return result.exitCode === 0 ? decodeBytes(result.stdout) : { message: result.stderr };
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'command-failed') throw error;
    if (!/unshare/.test(error.detail.output ?? '')) throw error;
    throw cannotSpell('A throw-away network namespace cannot be made here.', error);
  }
}

function cannotSpell(message: string, cause: unknown): Fault {
  return new Fault('no-permission', message, { cause, help: "natroute's own spelling of the rules serves instead." });
}

/** Finds the line that the kernel refuses: named by the message, else the last one of the shortest beginning that fails. */
async function explain(
  world: SpellingWorld,
  namespace: Namespace,
  failed: { readonly family: Family; readonly text: string; readonly refusal: Refusal },
): Promise<Fault> {
  const { family, text, refusal } = failed;
  const lines = text.split('\n');
  const named = Number(/\bline:? (\d+)/i.exec(refusal.message)?.[1] ?? 0);
  let line = lines[named - 1] ?? '';
  let message = refusal.message;
  if (!line.startsWith('-')) {
    const found = await bisect(world, namespace, family, text);
    line = found?.line ?? '';
    message = found?.message ?? message;
  }
  const words = kernelWords(message);
  if (namespace === 'user' && line === '') {
    return cannotSpell('A network namespace without root cannot take these rules.', new Error(words));
  }
  return new Fault('command-failed', `This host's kernel refuses the rules: ${words}`, {
    command: `${programOf(family, '-restore')} --noflush`,
    output: line === '' ? words : `${words}: ${line}`,
  });
}

async function bisect(
  world: SpellingWorld,
  namespace: Namespace,
  family: Family,
  text: string,
): Promise<{ readonly line: string; readonly message: string | null } | null> {
  const lines = text.split('\n');
  const isRule = (line: string): boolean => line.startsWith('-');
  const rules = lines.filter(isRule);
  const begin = (count: number): string => {
    let seen = 0;
    return lines.filter((line) => !isRule(line) || seen++ < count).join('\n');
  };
  let [good, bad] = [0, rules.length];
  let message: string | null = null;
  if (typeof (await load(world, namespace, family, begin(0))) !== 'string') return null;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const result = await load(world, namespace, family, begin(middle));
    if (typeof result === 'string') good = middle;
    else [bad, message] = [middle, result.message];
  }
  const line = rules[bad - 1];
  return line === undefined ? null : { line, message };
}

/** The telling lines of what restore printed, as one. */
function kernelWords(message: string): string {
  const telling = message
    .split('\n')
    .map((line) => line.trim().replace(/^ip6?tables-restore(?: v[\d.]+ \(\w+\))?: ?/, ''))
    .filter((line) => line !== '' && !/^(Try `|Error occurred at line|# Warning)/.test(line));
  return (telling.join(' ') || 'no reason given').slice(0, 500);
}
