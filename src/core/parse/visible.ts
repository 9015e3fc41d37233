/** Text of unknown origin made safe to show: one line, no control or direction characters, bounded. */

/** C0, DEL, C1, zero-width and direction characters, line separators, the BOM and lone surrogates. */
const hidden =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  // The Unicode control pictures are one column wide, so that a marker below the line stays in place.
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return '\ufffd';
}

/** The same length in UTF-16 units, one visible character for each hidden one. */
export function visible(text: string): string {
  return text.replace(hidden, picture);
}

/** A value quoted for a message, at most `most` characters of it. */
export function quoted(text: string, most = 60): string {
  return `"${visible(text.length > most ? `${text.slice(0, most)}...` : text)}"`;
}

/** Code points: enough to name the one that must not be there. */
export function charactersOf(text: string): readonly string[] {
  return Array.from(text);
}
