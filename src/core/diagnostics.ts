/** Diagnostics as a person reads them: where, what, the line with a marker, and what to do. */
import type { Diagnostic } from '../model/diagnostic.ts';
import { plain, printable } from './views/paint.ts';
import type { Paint } from './views/paint.ts';

/**
 * ```
 * guests/web.yaml:9:11: error[port]: 65536 is not a port
 *   9 |   - { port: 65536 }
 *     |             ^^^^^
 *   help: ports go from 1 to 65535
 * ```
 */
export function showDiagnostic(diagnostic: Diagnostic, paint: Paint = plain): string {
  const { at, excerpt, severity, code } = diagnostic;
  const place = at === undefined ? '' : `${printable(at.file)}:${at.line}:${at.column}: `;
  const style = severity === 'error' ? 'error' : 'warning';
  const lines = [
    `${paint('strong', place)}${paint(style, `${severity}[${code}]`)}: ${paint('strong', printable(diagnostic.message))}`,
  ];
  if (at !== undefined && excerpt !== undefined) {
    const margin = ' '.repeat(String(at.line).length);
    const marker = `${' '.repeat(columnsOf(excerpt.line.slice(0, excerpt.column - 1)))}${'^'.repeat(Math.max(1, columnsOf(excerpt.line.slice(excerpt.column - 1, excerpt.column - 1 + excerpt.length))))}`;
    lines.push(
      `  ${paint('faint', `${at.line} |`)} ${printable(excerpt.line)}`,
      `  ${paint('faint', `${margin} |`)} ${paint(style, marker)}`,
    );
  }
  lines.push(`  ${paint('faint', 'help:')} ${printable(diagnostic.help)}`);
  for (const line of diagnostic.detail ?? []) lines.push(line === '' ? '' : `    ${printable(line)}`);
  return `${lines.join('\n')}\n`;
}

/** All of them, with an empty line between, and a last line that counts them; '' for none. */
export function showDiagnostics(diagnostics: readonly Diagnostic[], paint: Paint = plain): string {
  if (diagnostics.length === 0) return '';
  const shown = diagnostics.filter((d) => d.code !== 'more');
  const errors = shown.filter((d) => d.severity === 'error').length;
  const warnings = shown.length - errors;
  const counts = [
    ...(errors > 0 ? [paint('error', counted(errors, 'error'))] : []),
    ...(warnings > 0 ? [paint('warning', counted(warnings, 'warning'))] : []),
  ];
  return `${diagnostics.map((d) => showDiagnostic(d, paint)).join('\n')}\n${counts.join(', ')}\n`;
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** Columns on a terminal: wide characters take two, combining ones none. */
function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    columns +=
      /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return columns;
}
