/**
 * The kernel's text as a string and back without losing a byte: a foreign comment may hold what is no UTF-8.
 * Such bytes become lone surrogates (U+DC80 to U+DCFF), as Python's surrogateescape does.
 */
import { isUtf8 } from 'node:buffer';

const escapeBase = 0xdc00;

export function decodeBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString('utf8');
  let text = '';
  let at = 0;
  while (at < buffer.length) {
    const end = validUntil(buffer, at);
    text += buffer.toString('utf8', at, end);
    if (end < buffer.length) text += String.fromCharCode(escapeBase + (buffer[end] ?? 0));
    at = end + 1;
  }
  return text;
}

export function encodeBytes(text: string): Uint8Array {
  if (!/\p{Surrogate}/u.test(text)) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  // Under the u flag a surrogate pair is one character, so only lone surrogates are split off.
  for (const part of text.split(/([\uDC80-\uDCFF])/u)) {
    const code = part.charCodeAt(0) - escapeBase;
    const isEscape = part.length === 1 && code >= 0x80 && code <= 0xff;
    parts.push(isEscape ? Buffer.from([code]) : Buffer.from(part, 'utf8'));
  }
  return Buffer.concat(parts);
}

/** Where the first byte stands that does not belong to a whole UTF-8 character. */
function validUntil(buffer: Buffer, start: number): number {
  let at = start;
  while (at < buffer.length) {
    const lead = buffer[at] ?? 0;
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (!isUtf8(buffer.subarray(at, at + length)) || at + length > buffer.length) return at;
    at += length;
  }
  return at;
}
