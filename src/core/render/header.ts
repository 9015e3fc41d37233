/** The first lines of a file of ours: by them we know it again, and its reader knows whom to ask. */
import type { FileTarget, Maker } from '../../model/target.ts';

export const unapplied: Maker = { commit: null, generation: null };

const begin = '# Made by natroute from ';
const advice = '# Changes made here are undone: change the state repository instead.\n';

export function headerOf({ commit, generation }: Maker): string {
  const from = commit === null ? 'a folder' : `commit ${commit}`;
  return `${begin}${from}${generation === null ? '' : `, generation ${generation}`}.\n${advice}`;
}

/** The maker and what stands below; null where the file is none of ours. */
export function readHeader(text: string): { readonly maker: Maker; readonly body: string } | null {
  const match = /^# Made by natroute from (?:a folder|commit ([0-9a-f]{40,64}))(?:, generation ([1-9]\d*))?\.\n/.exec(
    text,
  );
  if (match === null) return null;
  const rest = text.slice(match[0].length);
  const [, commit, generation] = match;
  return {
    maker: { commit: commit ?? null, generation: generation === undefined ? null : Number(generation) },
    body: rest.startsWith(advice) ? rest.slice(advice.length) : rest,
  };
}

/** As it stands on the disk. */
export function contentOf({ body, made }: Extract<FileTarget, { readonly kind: 'file' }>): string {
  return headerOf(made) + body;
}
