/** Wanted files and kernel settings against those that are there: what to swap, what to leave, what somebody changed. */
import type { Change } from '../../model/change.ts';
import type { Guest } from '../../model/desired.ts';
import type {
  FilesPlan,
  FileSwap,
  FoundFile,
  FoundFiles,
  FoundSysctls,
  LeftFile,
  WantedFile,
} from '../../model/file.ts';
import { sysctlValue } from '../../model/sysctl.ts';
import type { FileTarget, Maker, SysctlTarget, Target } from '../../model/target.ts';
import { guestOfFile } from '../render/files.ts';
import { contentOf, readHeader } from '../render/header.ts';
import { editSettings, hasSettings, readSettings } from '../render/xen-conf.ts';

export interface Found {
  readonly files: FoundFiles;
  readonly sysctls: FoundSysctls;
}

type Wanted = Pick<Target, 'files' | 'sysctls'>;

/** A guest that is no longer natroute's business keeps what it starts from. */
type Aim = Wanted & { readonly guests: readonly Pick<Guest, 'name' | 'state'>[] };

export interface FilesOptions {
  /** What was applied last: what it had and the target has not, goes. */
  readonly previous: Wanted | null;
  /** True: whatever is in the way goes, where it may; else only these paths. */
  readonly take: true | ReadonlySet<string>;
  /** Paths at which the last apply left what it found. */
  readonly left: ReadonlySet<string>;
  /** Paths and settings that stay as somebody made them. */
  readonly leaving: ReadonlySet<string>;
}

const absent: FoundFile = { kind: 'absent' };

/** With the maker of each file: the one that it had, where its body stays the same. */
export function withMakers(target: Wanted, previous: Wanted | null, maker: Maker): readonly FileTarget[] {
  const before = new Map(previous?.files.map((file) => [file.path, file]));
  return target.files.map((file) => {
    if (file.kind !== 'file') return file;
    const old = before.get(file.path);
    return { ...file, made: old?.kind === 'file' && old.body === file.body ? old.made : maker };
  });
}

/** Every path that a plan or a drift of these looks at. */
export function pathsOf(...targets: readonly (Wanted | null)[]): readonly string[] {
  return [...new Set(targets.flatMap((target) => target?.files.map(({ path }) => path) ?? []))].sort();
}

export function planFiles(target: Aim, found: Found, options: FilesOptions): FilesPlan {
  const swaps: FileSwap[] = [];
  const left: LeftFile[] = [];
  const taken = new Set<string>();
  const takes = (path: string): boolean => options.take === true || options.take.has(path);
  const previous = new Map(options.previous?.files.map((file) => [file.path, file]));
  for (const file of target.files) {
    const there = found.files.get(file.path) ?? absent;
    const old = previous.get(file.path);
    if (options.leaving.has(file.path) || isAsWanted(file, there)) continue;
    const why = whyLeft(file, there, old !== undefined && old.kind === file.kind && !options.left.has(file.path));
    if (why !== null && (why.stops || !takes(file.path))) {
      left.push(why);
      continue;
    }
    swaps.push({ path: file.path, found: there, wanted: wantedOf(file, there) });
    if (why !== null) taken.add(file.path);
  }
  const kept = new Set(target.files.map(({ path }) => path));
  const managed = new Set(target.guests.flatMap(({ name, state }) => (state === 'unmanaged' ? [] : [name])));
  for (const file of options.previous?.files ?? []) {
    const there = found.files.get(file.path) ?? absent;
    if (kept.has(file.path) || options.leaving.has(file.path) || there.kind === 'absent') continue;
    const guest = guestOfFile(file.path);
    if (guest !== null && !managed.has(guest)) continue;
    // Whether it is ours, and so goes, is not known.
    if (there.kind === 'other' && there.unreadable) left.push(untouchable(file.path, there));
    if (isRecognised(file, there)) swaps.push({ path: file.path, found: there, wanted: { kind: 'absent' } });
  }
  for (const { key } of target.sysctls)
    if ((found.sysctls.get(key) ?? null) === null) left.push({ path: key, stops: false, why: missingSetting(key) });
  return { swaps, left, taken, sysctls: planSysctls(target.sysctls, found.sysctls, options.leaving) };
}

/** At which paths it leaves others' files once it is carried out. `fresh`: its target is another than the one in force. */
export function leftAfter(
  { swaps, left }: Pick<FilesPlan, 'swaps' | 'left'>,
  { previous, fresh, before }: LeftBefore,
): readonly string[] {
  const written = new Set(swaps.map(({ path }) => path));
  const kept = before.filter((path) => !written.has(path));
  if (!fresh) return kept;
  // What was ours until somebody replaced it is drift for as long as it stays, not something that we leave.
  const ours = new Set(previous?.files.map(({ path }) => path));
  return left.flatMap(({ path }) => (kept.includes(path) || !ours.has(path) ? [path] : []));
}

export interface LeftBefore {
  readonly previous: Wanted | null;
  readonly fresh: boolean;
  readonly before: readonly string[];
}

function missingSetting(key: string): string {
  const name = /^net\.ipv[46]\.(?:conf|neigh)\.([^.]+)\./.exec(key)?.[1]?.replaceAll('/', '.');
  return `${key} cannot be set: ${name === undefined ? 'the kernel has no such setting here, or does not let it be read' : `there is no interface ${name}, or not yet`}`;
}

function planSysctls(
  wanted: readonly SysctlTarget[],
  found: FoundSysctls,
  leaving: ReadonlySet<string>,
): FilesPlan['sysctls'] {
  return wanted.flatMap(({ key, value }) => {
    const there = found.get(key) ?? null;
    if (there === null || sysctlValue(there) === sysctlValue(value) || leaving.has(key)) return [];
    return [{ key, found: there, wanted: value }];
  });
}

function isAsWanted(file: FileTarget, there: FoundFile): boolean {
  switch (file.kind) {
    case 'file':
      return there.kind === 'file' && there.content === contentOf(file);
    case 'link':
      return there.kind === 'link' && there.to === file.to;
    case 'edit':
      return there.kind === 'file' && hasSettings(there.content, file.settings);
    default:
      return file satisfies never;
  }
}

/** Whether it is ours by itself: a settings file never is. */
function isRecognised(file: FileTarget, there: FoundFile): boolean {
  if (file.kind === 'link') return there.kind === 'link' && there.to === file.to;
  return file.kind === 'file' && there.kind === 'file' && readHeader(there.content) !== null;
}

/** Null where natroute may write there. `known`: it did before, and was not told to leave it. */
function whyLeft(file: FileTarget, there: FoundFile, known: boolean): LeftFile | null {
  const { path } = file;
  switch (there.kind) {
    case 'absent':
      return null;
    case 'other':
      return untouchable(path, there);
    case 'link':
      if (file.kind === 'link') return known ? null : foreign(path, `is a link to ${there.to}`);
      return {
        path,
        stops: true,
        why: `${path} is a symbolic link to ${there.to}, which natroute does not follow; move it away`,
      };
    case 'file':
      if (file.kind === 'link') return foreign(path, `is a file, written ${writtenBy(there)}`);
      if (file.kind === 'edit' ? known : readHeader(there.content) !== null) return null;
      return foreign(
        path,
        file.kind === 'edit'
          ? `is the host's own: ${file.settings.map(({ key, value }) => `${key}=${value}`).join(' and ')} would be set in it`
          : `is not natroute's, written ${writtenBy(there)}`,
      );
    default:
      return there satisfies never;
  }
}

function untouchable(path: string, { what, unreadable }: Extract<FoundFile, { readonly kind: 'other' }>): LeftFile {
  const help = unreadable ? 'natroute does not touch it until it can be' : 'move it away, natroute does not touch it';
  return { path, stops: true, why: `${path}: ${what}; ${help}` };
}

function foreign(path: string, what: string): LeftFile {
  return { path, stops: false, why: `${path} ${what}; \`natroute apply --take\` takes it over` };
}

function writtenBy({ writtenAt, owner }: Extract<FoundFile, { readonly kind: 'file' }>): string {
  return `${writtenAt.slice(0, 19)}Z, owner ${owner}`;
}

function wantedOf(file: FileTarget, there: FoundFile): WantedFile {
  switch (file.kind) {
    case 'file':
      return { kind: 'file', content: contentOf(file) };
    case 'link':
      return { kind: 'link', to: file.to };
    case 'edit':
      return { kind: 'file', content: editSettings(there.kind === 'file' ? there.content : '', file.settings) };
    default:
      return file satisfies never;
  }
}

/** Before and after as a person reads them: our own header says nothing new. */
function textOf(file: FoundFile | WantedFile): string | null {
  switch (file.kind) {
    case 'absent':
      return null;
    case 'file':
      return readHeader(file.content)?.body ?? file.content;
    case 'link':
      return `-> ${file.to}`;
    case 'other':
      return `(${file.what})`;
    default:
      return file satisfies never;
  }
}

/** The note of what was somebody else's until now. */
export const takenOver = 'taken over';

export function changesOf({ swaps, sysctls, taken }: Omit<FilesPlan, 'left'>): readonly Change[] {
  return [
    ...swaps.map(({ path, found, wanted }) => {
      const before = textOf(found);
      const after = textOf(wanted);
      return change('file', path, {
        before,
        after,
        note: taken.has(path) ? takenOver : before === after ? 'its header' : null,
      });
    }),
    ...sysctls.map(({ key, found, wanted }) => change('sysctl', key, { before: found, after: wanted, note: null })),
  ];
}

function change(kind: 'file' | 'sysctl', key: string, said: Pick<Change, 'before' | 'after' | 'note'>): Change {
  const action = said.before === null ? 'create' : said.after === null ? 'delete' : 'update';
  return { action, kind, family: null, chain: null, key, counters: null, at: null, ...said };
}

/** What a note of a drift begins with that only a person or `--take` can mend. */
const stays = 'left: ';

/** Why it stays, as a person reads it; null where natroute puts it right itself. */
export function whyLeftFile(change: Change): string | null {
  return isLeftFile(change) ? (change.note?.slice(stays.length) ?? null) : null;
}

export function isLeftFile({ kind, note }: Change): boolean {
  return kind === 'file' && note !== null && note.startsWith(stays);
}

/** From what was applied to what is there. */
export function driftOfFiles(applied: Wanted, found: Found, left: ReadonlySet<string>): readonly Change[] {
  const files = applied.files.flatMap((file): readonly Change[] => {
    const there = found.files.get(file.path) ?? absent;
    if (isAsWanted(file, there)) return [];
    const why = whyLeft(file, there, !left.has(file.path));
    // What was never taken over is nobody's drift.
    if (why !== null && left.has(file.path)) return [];
    const before = file.kind === 'edit' ? settingsText(file) : textOf(wantedOf(file, absent));
    const after = file.kind === 'edit' && there.kind === 'file' ? ownLines(file, there.content) : textOf(there);
    const written = there.kind === 'file' ? `written ${writtenBy(there)}` : null;
    const note = why === null ? (before === after ? `its header; ${written ?? ''}` : written) : stays + why.why;
    return [change('file', file.path, { before, after, note })];
  });
  const sysctls = planSysctls(applied.sysctls, found.sysctls, new Set()).map(({ key, found: there, wanted }) =>
    change('sysctl', key, { before: wanted, after: there, note: null }),
  );
  return [...files, ...sysctls];
}

/** Ours as they are found, for the record; of others' files only the lines that we set. */
export function recordedFiles(target: Wanted, found: FoundFiles): Readonly<Record<string, string>> {
  const texts = target.files.flatMap((file): readonly (readonly [string, string])[] => {
    const there = found.get(file.path) ?? absent;
    if (file.kind === 'edit') return there.kind === 'file' ? [[file.path, ownLines(file, there.content)]] : [];
    if (there.kind === 'link') return [[file.path, `-> ${there.to}\n`]];
    return isRecognised(file, there) && there.kind === 'file' ? [[file.path, there.content]] : [];
  });
  return Object.fromEntries(texts);
}

function settingsText({ settings }: Extract<FileTarget, { readonly kind: 'edit' }>): string {
  return settings.map(({ key, value }) => `${key}=${value}\n`).join('');
}

/** The rest of the owner's file is no business of ours. */
function ownLines({ settings }: Extract<FileTarget, { readonly kind: 'edit' }>, content: string): string {
  const keys = new Set(settings.map(({ key }) => key));
  const { statements } = readSettings(content);
  return statements.flatMap(({ key, text }) => (keys.has(key) ? `${text}\n` : [])).join('');
}
