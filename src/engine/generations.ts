/**
 * Generations: numbered, immutable, complete targets on disk, and the link `current` to the one in force.
 * A generation is written beside its place, fsynced, and comes into being by one rename.
 */
import { createHash } from 'node:crypto';
import { parseNatTarget, renderNat } from '../core/nat/render.ts';
import { renderBoot } from '../core/render/boot.ts';
import { renderShown } from '../core/render/shown.ts';
import type { Guest, Host } from '../model/desired.ts';
import { families, type Family } from '../model/family.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Paths } from '../model/paths.ts';
import type { CommitFacts, Versions } from '../model/record.ts';
import type { NatTarget, Target } from '../model/target.ts';
import type { Retention } from '../config.ts';
import type { Clock, Files } from '../ports.ts';

export interface Generation {
  readonly number: number;
  /** Null where it was applied from a folder. */
  readonly commit: CommitFacts | null;
  readonly createdAt: string;
  readonly versions: Versions;
  /** The earlier generation whose network this one brought back; absent where it came from git or a folder. */
  readonly restores?: number;
  readonly target: Target;
}

interface Manifest {
  readonly format: 1;
  readonly number: number;
  readonly commit: CommitFacts | null;
  readonly createdAt: string;
  readonly versions: Versions;
  readonly restores?: number;
  /** File name -> SHA-256 in hex of every other file of the generation. */
  readonly files: Readonly<Record<string, string>>;
  /**
   * The same of what people look at. Nothing of it is read in a pass, so that a damaged picture keeps no forward closed:
   * `doctor` looks at it. Absent where an older natroute made it.
   */
  readonly shown?: Readonly<Record<string, string>>;
}

export interface Generations {
  /** The generation in force; null before the first. Fault generation-damaged. */
  current(): Promise<Generation | null>;
  read(number: number): Promise<Generation>;
  /** Writes the next generation, complete but not yet in force. */
  add(generation: Omit<Generation, 'number'>): Promise<Generation>;
  /** Puts a complete generation in force and drops those that are kept no longer. */
  enforce(number: number): Promise<void>;
  /** Those that were in force once and are still kept, ascending: what a rollback may go to. */
  good(): Promise<readonly number[]>;
  /** No generation is in force any more: the next pass is a first run. */
  release(): Promise<void>;
  numbers(): Promise<readonly number[]>;
  /** Files of a generation for people that are gone or not as they were written, sorted. Fault generation-damaged. */
  spoiled(number: number): Promise<readonly string[]>;
  /** The number that the next one gets. */
  next(): Promise<number>;
}

const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

export function createGenerations(
  files: Files,
  paths: Paths,
  { keep, days, clock }: Retention & { readonly clock: Clock },
): Generations {
  // A generation never changes, so what was read once need not be read again.
  let cached: Generation | null = null;

  const folder = (number: number): string => `${paths.generations}/${number}`;
  /** The numbers of those that were ever in force; that it exists says that there was one. */
  const enforced = `${paths.generations}/enforced`;

  async function text(path: string): Promise<string | null> {
    const bytes = await files.read(path);
    return bytes === null ? null : new TextDecoder().decode(bytes);
  }

  async function numbers(): Promise<readonly number[]> {
    const names = (await files.list(paths.generations)).filter((name) => /^[1-9]\d*$/.test(name));
    return names.map(Number).sort((a, b) => a - b);
  }

  const next = async (): Promise<number> => ((await numbers()).at(-1) ?? 0) + 1;

  async function read(number: number): Promise<Generation> {
    cached =
      cached?.number === number ? cached : await readGeneration(number, (name) => text(`${folder(number)}/${name}`));
    return cached;
  }

  async function current(): Promise<Generation | null> {
    const link = await files.readLink(paths.current);
    if (link === null) {
      // Losing the link must not look like a first run: that would forget what is ours.
      if ((await numbers()).length > 0) await assertNeverEnforced();
      return null;
    }
    const number = /^generations\/([1-9]\d*)$/.exec(link)?.[1];
    if (number === undefined)
      throw new Fault('generation-damaged', `${paths.current} points to ${link}, which is no generation`, {
        help: `Point it at the last good one: ln -sfn generations/N ${paths.current}`,
      });
    return read(Number(number));
  }

  async function assertNeverEnforced(): Promise<void> {
    if ((await text(enforced)) === null) return;
    throw new Fault('generation-damaged', `${paths.current} is gone although generations were applied before`, {
      help: `Point it at the last good one: ln -s generations/N ${paths.current}`,
    });
  }

  async function add(generation: Omit<Generation, 'number'>): Promise<Generation> {
    const number = await next();
    const staging = `${paths.generations}/.staging`;
    await stage(files, staging, { ...generation, number });
    await files.rename(staging, folder(number));
    await dropAbandoned(files, paths, { known: await numbers(), kept: [...(await good()), number] });
    cached = { ...generation, number };
    return cached;
  }

  async function enforce(number: number): Promise<void> {
    const before = await good();
    await files.link(paths.current, `generations/${number}`);
    const now = [...before.filter((one) => one !== number), number].map((one) => `${one}\n`).join('');
    if ((await text(enforced)) !== now) await files.write(enforced, now, 0o600);
    await dropOld([number, before.findLast((one) => one !== number)]);
  }

  async function good(): Promise<readonly number[]> {
    return everIn(await text(enforced), await numbers());
  }

  async function dropOld(spared: readonly (number | undefined)[]): Promise<void> {
    const known = await numbers();
    const oldest = clock.now().getTime() - days * 86_400_000;
    for (const [index, number] of known.entries()) {
      // The newest stays, also where it was never in force: the next one must not get its number again.
      if (spared.includes(number) || index === known.length - 1) continue;
      const tooMany = known.length - index > keep;
      if (tooMany || madeAt(number, await text(`${folder(number)}/generation.json`)) < oldest)
        await drop(files, paths, number);
    }
  }

  async function release(): Promise<void> {
    await files.remove(enforced);
    await files.remove(paths.current);
  }

  const spoiled = (number: number): Promise<readonly string[]> =>
    spoiledIn(number, (name) => text(`${folder(number)}/${name}`));

  return { current, read, add, enforce, good, release, numbers, next, spoiled };
}

async function stage(files: Files, staging: string, generation: Generation): Promise<void> {
  await files.removeFolder(staging);
  await files.makeFolder(staging);
  const shown = renderShown(generation.target, limits.pictureForwards);
  await files.fill(staging, shown, 0o600);
  await writeOut(generation, shown, (name, content) => files.write(`${staging}/${name}`, content, 0o600));
}

/** A change that fails again and again must not fill the disk with generations that never were in force. */
async function dropAbandoned(
  files: Files,
  paths: Paths,
  { known, kept }: { readonly known: readonly number[]; readonly kept: readonly number[] },
): Promise<void> {
  const link = await files.readLink(paths.current);
  for (const number of known)
    if (!kept.includes(number) && link !== `generations/${number}`) await drop(files, paths, number);
}

/** It goes by one rename: half of it must never stand among those that a rollback may go to. */
async function drop(files: Files, { generations }: Paths, number: number): Promise<void> {
  const dropped = `${generations}/.dropped`;
  // Of one that a crash left behind.
  await files.removeFolder(dropped);
  await files.rename(`${generations}/${number}`, dropped);
  await files.removeFolder(dropped);
}

async function readGeneration(number: number, file: (name: string) => Promise<string | null>): Promise<Generation> {
  const manifestText = await file('generation.json');
  if (manifestText === null) throw damaged(number, 'generation.json is missing');
  const { files, ...manifest } = parseManifest(number, manifestText);
  const contents = new Map<string, string>();
  for (const [name, digest] of Object.entries(files)) {
    const content = await file(name);
    if (content === null) throw damaged(number, `${name} is missing`);
    if (sha256(content) !== digest) throw damaged(number, `${name} is not what was written`);
    contents.set(name, content);
  }
  const { host, guests } = desiredIn(need(number, contents, 'desired.json'));
  const nat = (family: Family): NatTarget => parseNatTarget(need(number, contents, `nat.${family}`));
  const { commit, createdAt, versions, restores } = manifest;
  return {
    ...{ number, commit, createdAt, versions, ...(restores === undefined ? {} : { restores }) },
    target: { host, guests, ...filesIn(contents.get('files.json')), nat: { v4: nat('v4'), v6: nat('v6') } },
  };
}

async function spoiledIn(number: number, file: (name: string) => Promise<string | null>): Promise<readonly string[]> {
  const manifest = await file('generation.json');
  if (manifest === null) throw damaged(number, 'generation.json is missing');
  const wrong: string[] = [];
  for (const [name, digest] of Object.entries(parseManifest(number, manifest).shown ?? {})) {
    const content = await file(name);
    if (content === null || sha256(content) !== digest) wrong.push(name);
  }
  return wrong.sort();
}

/** A guest never changes, and most are the same in the next generation. */
const spelled = new WeakMap<Guest, string>();

function spellDesired({ host, guests }: Target): string {
  const spell = (guest: Guest): string => {
    const text = spelled.get(guest) ?? JSON.stringify(guest);
    spelled.set(guest, text);
    return text;
  };
  return `{"host":${JSON.stringify(host)},"guests":[\n${guests.map(spell).join(',\n')}\n]}\n`;
}

type AnyUplink = Partial<Host['uplink']> & { readonly interface: string; readonly gateway?: string | null };

/** An older natroute knew one gateway of the uplink. */
function desiredIn(text: string): Pick<Target, 'host' | 'guests'> {
  const { host, guests } = JSON.parse(text) as { host: Omit<Host, 'uplink'> & { uplink: AnyUplink }; guests: Guest[] };
  const { interface: name, gateway, gateways } = host.uplink;
  const older = typeof gateway === 'string' ? { [gateway.includes(':') ? 'v6' : 'v4']: gateway } : {};
  return { host: { ...host, uplink: { interface: name, gateways: gateways ?? older } }, guests };
}

/** An older natroute wrote no files. */
function filesIn(text: string | undefined): Pick<Target, 'files' | 'sysctls'> {
  return text === undefined ? { files: [], sysctls: [] } : (JSON.parse(text) as Pick<Target, 'files' | 'sysctls'>);
}

/** Name -> content, one after the other: with ten thousand forwards each is a megabyte or two. */
function* spellOut(target: Target): Generator<readonly [name: string, content: string]> {
  yield ['desired.json', spellDesired(target)];
  yield ['files.json', `${JSON.stringify({ files: target.files, sysctls: target.sysctls })}\n`];
  for (const family of families) yield [`nat.${family}`, renderNat(target.nat[family])];
  for (const family of families) yield [`boot.${family}`, renderBoot(target.nat[family])];
}

/** The manifest last: it has the digests of all others. */
async function writeOut(
  { target, ...facts }: Generation,
  shown: ReadonlyMap<string, string>,
  write: (name: string, content: string | Uint8Array) => Promise<void>,
): Promise<void> {
  const digests: Record<string, string> = {};
  // One place for the bytes of all of them: what is only garbage counts as memory too.
  let place = new Uint8Array();
  for (const [name, content] of spellOut(target)) {
    const length = Buffer.byteLength(content);
    if (place.length < length) place = new Uint8Array(length);
    new TextEncoder().encodeInto(content, place);
    const bytes = place.subarray(0, length);
    digests[name] = sha256(bytes);
    await write(name, bytes);
  }
  const { number, ...rest } = facts;
  const seen = Object.fromEntries([...shown].map(([name, content]) => [name, sha256(content)]));
  const manifest: Manifest = { format: 1, number, ...rest, files: digests, shown: seen };
  await write('generation.json', `${JSON.stringify(manifest, null, 1)}\n`);
}

/** An older natroute did not note which were in force: then every one that is there counts. */
function everIn(noted: string | null, known: readonly number[]): readonly number[] {
  if (noted === null) return [];
  const ever = new Set(noted.split('\n').filter(Boolean).map(Number));
  return ever.size === 0 ? known : known.filter((number) => ever.has(number));
}

/** Milliseconds since 1970. What cannot be read is not thrown away for its age. */
function madeAt(number: number, manifest: string | null): number {
  if (manifest === null) return Infinity;
  try {
    return Date.parse(parseManifest(number, manifest).createdAt);
  } catch (error) {
    if (error instanceof Fault && error.code === 'generation-damaged') return Infinity;
    throw error;
  }
}

function need(number: number, contents: ReadonlyMap<string, string>, name: string): string {
  const content = contents.get(name);
  if (content === undefined) throw damaged(number, `its list of files lacks ${name}`);
  return content;
}

function parseManifest(number: number, text: string): Manifest {
  try {
    const manifest = JSON.parse(text) as Manifest;
    const format: number = manifest.format;
    if (format !== 1) throw damaged(number, `its format is ${format}; this natroute knows format 1`);
    if (manifest.number !== number) throw damaged(number, `it says that it is generation ${manifest.number}`);
    return manifest;
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw damaged(number, 'generation.json is not readable', cause);
  }
}

function damaged(number: number, what: string, cause?: unknown): Fault {
  return new Fault('generation-damaged', `generation ${number} is damaged: ${what}`, {
    help: 'The live rules were not changed. Restore the folder from a backup, or point `current` at another generation.',
    ...(cause === undefined ? {} : { cause }),
  });
}
