/** The toolstack's own configs, which belong to the host's owner: each edit changes what it must and no other byte. */
import type { Setting } from '../../model/target.ts';

/** Whether a text already says all of them. */
export function hasSettings(text: string, settings: readonly Setting[]): boolean {
  return editSettings(text, settings) === text;
}

/**
 * Statements `key=value` as xl.conf has them, of which the last one of a key counts: there the value is changed. Where there
 * is none the new line follows the example that stands there as a comment, else the end of the file.
 */
export function editSettings(text: string, settings: readonly Setting[]): string {
  return settings.reduce(editSetting, text);
}

function editSetting(text: string, { key, value }: Setting): string {
  const { statements, comments } = readSettings(text);
  const last = statements.findLast((statement) => statement.key === key);
  // A `+=` joins its value to the one before: only another statement behind it gives the whole.
  if (last !== undefined && !last.adds) {
    const { from, to } = last.value;
    return means(text.slice(from, to), value) ? text : text.slice(0, from) + value + text.slice(to);
  }
  const example = new RegExp(`^#\\s*${key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*=`);
  const at = last?.value ?? comments.findLast(({ from, to }) => example.test(text.slice(from, to)));
  const end = at === undefined ? -1 : text.indexOf('\n', at.to);
  if (end < 0) return appended(text, `${key}=${value}`);
  // A file of Windows lines stays one.
  return `${text.slice(0, end + 1)}${key}=${value}${text.charAt(end - 1) === '\r' ? '\r' : ''}\n${text.slice(end + 1)}`;
}

/** Either quote says the same. */
function means(written: string, value: string): boolean {
  return written === value || (!/["\\]/.test(written) && written.replace(/^'(.*)'$/, '"$1"') === value);
}

interface Statement {
  readonly key: string;
  /** As it is written, without blanks and comments around it. */
  readonly text: string;
  /** `+=` instead of `=`. */
  readonly adds: boolean;
  readonly value: Span;
}

/** As xlu_cfg reads them: a line's end or a `;` ends a statement, but neither in a list nor in quotes; `#` begins a comment. */
export function readSettings(text: string): {
  readonly statements: readonly Statement[];
  /** Those that have their line for themselves. */
  readonly comments: readonly Span[];
} {
  const statements: Statement[] = [];
  const comments: Span[] = [];
  let from = 0;
  let depth = 0;
  const end = (to: number): void => {
    const [whole, head, key, plus, value] =
      /^(\s*([a-z][_0-9a-z.]*)\s*(\+?)=\s*)(.*?)\s*$/s.exec(text.slice(from, to)) ?? [];
    if (whole !== undefined && head !== undefined && key !== undefined && value !== undefined) {
      const begin = from + head.length;
      const written = text.slice(from, begin + value.length).trimStart();
      statements.push({ key, text: written, adds: plus === '+', value: { from: begin, to: begin + value.length } });
    }
    from = to + 1;
  };
  // Tokens: a comment, a text in quotes, and the single characters that matter.
  for (const { 0: token, index } of text.matchAll(/#[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[[\];\n]/g)) {
    if (token === '[') depth++;
    else if (token === ']') depth = Math.max(0, depth - 1);
    else if (depth > 0) continue;
    else if (token === ';' || token === '\n') end(index);
    else if (token.startsWith('#')) {
      if (
        text.slice(from, index).trim() === '' &&
        /^[ \t]*$/.test(text.slice(text.lastIndexOf('\n', index) + 1, index))
      )
        comments.push({ from: index, to: index + token.length });
      end(index);
      from = index + token.length;
    }
  }
  end(text.length);
  return { statements, comments };
}

function appended(text: string, line: string): string {
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`;
}

/**
 * xend-config.sxp: no network-script, for xend's own would masquerade everything and move the uplink into a bridge of its
 * own; and `vif-script` as given, such as `'vif-bridge bridge=br0'`.
 */
export function editXend(text: string, vifScript: string): string {
  const silent = forms(text, 'network-script').reduceRight(silenced, text);
  const wanted = `(vif-script ${vifScript})`;
  const [last, ...others] = forms(silent, 'vif-script').toReversed();
  if (last === undefined) return appended(silent, wanted);
  const set = silent.slice(0, last.from) + wanted + silent.slice(last.to);
  // Xend takes the first of several.
  return others.reduce(silenced, set);
}

/** What follows the form on its last line stays in force, on a line of its own. */
function silenced(text: string, { from, to }: Span): string {
  const form = text
    .slice(from, to)
    .split('\n')
    .map((line) => `#${line}`)
    .join('\n');
  const rest = /^[^\n]*/.exec(text.slice(to))?.[0] ?? '';
  const more = /^\s*[^\s#]/.test(rest) ? (rest.endsWith('\r') ? '\r\n' : '\n') : '';
  return text.slice(0, from) + form + more + text.slice(to);
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where the forms `(NAME ...)` stand that are no comment, from the first to the last. */
export function forms(text: string, name: string): readonly Span[] {
  const found: Span[] = [];
  let open: number | null = null;
  let depth = 0;
  let quoted: string | null = null;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (quoted !== null) {
      if (character === '\\') i++;
      else if (character === quoted) quoted = null;
    } else if (character === '#') {
      const end = text.indexOf('\n', i);
      if (end < 0) break;
      i = end;
    } else if (character === "'" || character === '"') quoted = character;
    else if (character === '(') {
      if (depth === 0) open = i;
      depth++;
    } else if (character === ')') {
      depth = Math.max(0, depth - 1);
      if (depth === 0 && open !== null) {
        if (new RegExp(`^\\(\\s*${name}[\\s)]`).test(text.slice(open, i + 1))) found.push({ from: open, to: i + 1 });
        open = null;
      }
    }
  }
  return found;
}
