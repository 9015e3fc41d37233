/** Entries as `git fast-import` takes them, and as `git log` gives them back. */

export interface RenderedEntry {
  readonly message: string;
  /** Name -> content. */
  readonly files: ReadonlyMap<string, string>;
}

export const branch = 'refs/heads/main';

export interface Import {
  readonly entry: RenderedEntry;
  /** `NAME <MAIL> SECONDS OFFSET` */
  readonly who: string;
  /** Whether the branch has no entry yet. */
  readonly first: boolean;
  /** The ref that gets the commit: the branch itself, or a place beside it. */
  readonly to: string;
}

/** The stream of one commit on top of the branch as it is, or the first one. */
export function importStream({ entry, who, first, to }: Import): Buffer {
  const parts: (string | Buffer)[] = ['feature done\n'];
  const data = (text: string): void => {
    const bytes = Buffer.from(text);
    parts.push(`data ${bytes.length}\n`, bytes, '\n');
  };
  const names = [...entry.files.keys()];
  names.forEach((name, i) => {
    parts.push(`blob\nmark :${i + 1}\n`);
    data(entry.files.get(name) ?? '');
  });
  const commitMark = names.length + 1;
  parts.push(`commit ${to}\nmark :${commitMark}\nauthor ${who}\ncommitter ${who}\n`);
  data(entry.message);
  if (!first) parts.push(`from ${branch}^0\n`);
  parts.push('deleteall\n', ...names.map((name, i) => `M 100644 :${i + 1} ${name}\n`));
  parts.push('\n', `get-mark :${commitMark}\n`, 'done\n');
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

/** `ID<newline>MESSAGE`, entries separated by NUL. */
export function* splitLog(log: string): Generator<readonly [id: string, message: string]> {
  for (const entry of log.split('\0')) {
    if (entry === '') continue;
    const end = entry.indexOf('\n');
    yield [entry.slice(0, end), entry.slice(end + 1)];
  }
}
