/** State repositories for tests: from a folder, or from texts. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StateFile } from '../../src/model/state.ts';

export const golden = join(dirname(fileURLToPath(import.meta.url)), '..', 'golden');

export function filesBelow(folder: string): readonly StateFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const content = readFileSync(path);
      return { path: relative(folder, path), kind: 'file' as const, bytes: content.length, content };
    });
}

/** Path -> text or bytes. */
export function stateOf(files: Readonly<Record<string, string | Uint8Array>>): readonly StateFile[] {
  return Object.entries(files).map(([path, text]) => {
    const content = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    return { path, kind: 'file', bytes: content.length, content };
  });
}
