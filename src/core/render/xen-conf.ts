/** The toolstack's own configs, which belong to the host's owner: each edit changes the lines it must and no other byte. */
import type { Setting } from '../../model/target.ts';

/** Whether a text already says all of them. */
export function hasSettings(text: string, settings: readonly Setting[]): boolean {
  return editSettings(text, settings) === text;
}

/**
 * Lines `key=value` as xl.conf has them. The last one that counts is changed; where there is none the new line follows
 * the example that stands there as a comment, else the end of the file.
 */
export function editSettings(text: string, settings: readonly Setting[]): string {
  return settings.reduce(editSetting, text);
}

function editSetting(text: string, { key, value }: Setting): string {
  const lines = text.split('\n');
  const name = key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const counts = new RegExp(`^\\s*${name}\\s*=\\s*(.*?)\\s*(?:#.*)?$`);
  const example = new RegExp(`^\\s*#\\s*${name}\\s*=`);
  const last = lines.findLastIndex((line) => counts.test(line));
  if (last >= 0) {
    if (counts.exec(lines[last] ?? '')?.[1] === value) return text;
    return lines.with(last, `${key}=${value}${carriageOf(lines[last])}`).join('\n');
  }
  const at = lines.findLastIndex((line) => example.test(line));
  if (at >= 0) return lines.toSpliced(at + 1, 0, `${key}=${value}${carriageOf(lines[at])}`).join('\n');
  return appended(text, `${key}=${value}`);
}

/** A file of Windows lines stays one. */
function carriageOf(line: string | undefined): string {
  return line?.endsWith('\r') === true ? '\r' : '';
}

function appended(text: string, line: string): string {
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`;
}

/**
 * xend-config.sxp: no network-script, for xend's own would masquerade everything and move the uplink into a bridge of its
 * own; and `vif-script` as given, such as `'vif-bridge bridge=br0'`.
 */
export function editXend(text: string, vifScript: string): string {
  const silent = forms(text, 'network-script').reduceRight(
    (whole, { from, to }) => whole.slice(0, from) + commented(whole.slice(from, to)) + whole.slice(to),
    text,
  );
  const wanted = `(vif-script ${vifScript})`;
  const [last, ...others] = forms(silent, 'vif-script').toReversed();
  if (last === undefined) return appended(silent, wanted);
  const set = silent.slice(0, last.from) + wanted + silent.slice(last.to);
  // Xend takes the first of several.
  return others.reduce(
    (whole, { from, to }) => whole.slice(0, from) + commented(whole.slice(from, to)) + whole.slice(to),
    set,
  );
}

function commented(form: string): string {
  return form
    .split('\n')
    .map((line) => `#${line}`)
    .join('\n');
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
