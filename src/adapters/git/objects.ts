/** Many objects of one repository through a single `git cat-file --batch`, byte for byte. */
import { Fault } from '../../model/fault.ts';
import type { Git } from './factory.ts';

export interface GitObject {
  readonly id: string;
  readonly type: string;
  readonly content: Buffer;
}

/** `ambiguous`: the beginning of more than one id. */
export type GitAnswer = GitObject | 'missing' | 'ambiguous';

const headerBytes = 200;

/** `ID TYPE SIZE<newline>BYTES<newline>`, or `NAME missing`, for each question, in order. */
export function parseBatch(output: Buffer, questions: number): readonly GitAnswer[] {
  const answers: GitAnswer[] = [];
  let at = 0;
  while (answers.length < questions) {
    const end = output.indexOf(10, at);
    if (end < 0) throw new Fault('git-refused', 'git cat-file ended before its last answer.');
    const header = output.toString('utf8', at, end);
    const [, id = '', type = '', size = ''] = /^([0-9a-f]{40,64}) ([a-z]+) ([0-9]{1,15})$/.exec(header) ?? [];
    at = end + 1;
    if (id === '') {
      const [, trouble] = / (missing|ambiguous)$/.exec(header) ?? [];
      if (trouble !== 'missing' && trouble !== 'ambiguous') {
        throw new Fault('git-refused', 'git cat-file gave an answer that natroute does not know.', {
          output: header.slice(0, headerBytes),
        });
      }
      answers.push(trouble);
      continue;
    }
    const from = at;
    at = from + Number(size) + 1;
    if (at > output.length) throw new Fault('git-refused', `git cat-file ended in the middle of the object ${id}.`);
    answers.push({ id, type, content: output.subarray(from, at - 1) });
  }
  return answers;
}

/**
 * What git has under each name. The names are ours or ids of git's own: none has a newline. `bytes` bounds all contents
 * together.
 */
export async function readObjects(git: Git, names: readonly string[], bytes: number): Promise<readonly GitAnswer[]> {
  if (names.length === 0) return [];
  const { stdout } = await git({
    args: ['cat-file', '--batch', '--buffer'],
    input: names.map((name) => `${name}\n`).join(''),
    outputBytes: bytes + names.length * headerBytes,
  });
  return parseBatch(stdout, names.length);
}
