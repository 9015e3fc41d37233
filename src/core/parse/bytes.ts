/** The bytes of one state file -> text, or why they are none. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import { limits } from '../../model/limits.ts';
import type { StateFile } from '../../model/state.ts';
import { createSource, diagnose } from './source.ts';
import type { Source } from './source.ts';
import { aboutFile } from './tree.ts';

/** Control characters, and those that make a text look other than it is (direction, zero width, a BOM). */
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

/** Diagnostics: `file-too-large`, `encoding`. */
export function readText(file: StateFile): { readonly source: Source } | { readonly diagnostic: Diagnostic } {
  const bad = (message: string, help: string): { diagnostic: Diagnostic } => ({
    diagnostic: aboutFile(file.path, 'error', { code: 'encoding', message, help }),
  });
  if (file.bytes > limits.stateFileBytes || file.content === null)
    return {
      diagnostic: aboutFile(file.path, 'error', {
        code: 'file-too-large',
        message:
          file.bytes > limits.stateFileBytes
            ? `the file has ${file.bytes} bytes, and ${limits.stateFileBytes} are the most`
            : `the files of this host have more than ${limits.stateTotalBytes} bytes together`,
        help: 'a guest needs some hundred bytes: look at what else is in it',
      }),
    };
  const text = decode(file.content);
  if (text === null) return bad('the file is not UTF-8', 'save it as UTF-8');
  if (text.startsWith('\ufeff')) return bad('the file begins with a byte order mark', 'save it as UTF-8 without BOM');
  const source = createSource(file.path, text);
  const found = forbidden.exec(text);
  if (found === null) return { source };
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return {
    diagnostic: diagnose(source, [found.index, found.index + 1], {
      code: 'encoding',
      message: `there is a hidden character in the text (U+${code})`,
      help: 'delete it; what it does to the text cannot be seen',
    }),
  };
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
