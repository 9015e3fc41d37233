/** What came of an import: for a person, and as JSON. */
import { limits } from '../../model/limits.ts';
import type { Imported } from '../import/import.ts';
import { showPlace } from '../import/state.ts';
import { sysctlsOf } from '../render/sysctl.ts';
import { sysctlFile } from '../render/files.ts';
import { printable } from './paint.ts';

function counts({ desired }: Imported): { readonly guests: number; readonly forwards: number } {
  return {
    guests: desired.guests.length,
    forwards: desired.guests.reduce((n, { forwards }) => n + forwards.length, 0),
  };
}

export function importJson(out: string, imported: Imported): unknown {
  const { files, taken, left, changed } = imported;
  return {
    dir: out,
    files: [...files.keys()],
    ...counts(imported),
    taken,
    left,
    changed,
  };
}

/** `folder` as it may be shown. */
export function importText(folder: string, imported: Imported): string {
  const { files, desired, taken, left, changed } = imported;
  const { guests, forwards } = counts(imported);
  const sysctls = sysctlsOf(desired).map(({ key, value }) => `${key} = ${value}`);
  const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
  return [
    `${count(guests, 'guest')} and ${count(forwards, 'forward')} in ${folder}:`,
    ...[...files.keys()].filter((path) => path.endsWith('.yaml')).map((path) => `  ${printable(path)}`),
    '',
    ...section(
      `${count(taken.length, 'rule')} of yours that \`apply --take\` moves into natroute's chains:`,
      taken.map(({ chain, text }) => `${chain} ${text}`),
    ),
    ...section(
      'Not in these files, and left as it is:',
      left.map((one) => `${showPlace(one)}${one.what}: ${one.why}`),
    ),
    ...section('What changes with `apply --take`:', changed),
    ...section(`Of its own natroute writes ${sysctlFile}:`, sysctls),
    'What next:',
    `  1. Look through ${folder}/host.yaml and guests/, then \`natroute validate ${folder}\`.`,
    `  2. cd ${folder} && git init -b main && git add -A && git commit -m "The host as it is"`,
    '  3. Name this repository in /etc/natroute/config.yaml; then `natroute plan`, and `natroute apply --take`.',
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, limits.importLines).map((line) => `  ${printable(line)}`);
  const more = lines.length - shown.length;
  return [title, ...shown, ...(more > 0 ? [`  and ${more} more: see --json`] : []), ''];
}
