/** Entries as `git fast-import` takes them, and as `git log` gives them back. */

export interface RenderedEntry {
  readonly message: string;
  /** Name -> what gives its content piece by piece. */
  readonly files: ReadonlyMap<string, () => Iterable<string>>;
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
export function* importStream({ entry, who, first, to }: Import): Generator<string> {
  yield 'feature done\n';
  const names = [...entry.files.keys()];
  let mark = 0;
  for (const pieces of entry.files.values()) {
    yield `blob\nmark :${++mark}\n`;
    yield* data(pieces);
  }
  const commitMark = mark + 1;
  yield `commit ${to}\nmark :${commitMark}\nauthor ${who}\ncommitter ${who}\n`;
  yield* data(() => [entry.message]);
  if (!first) yield `from ${branch}^0\n`;
  yield 'deleteall\n';
  yield* names.map((name, i) => `M 100644 :${i + 1} ${name}\n`);
  yield `\nget-mark :${commitMark}\ndone\n`;
}

function* data(pieces: () => Iterable<string>): Generator<string> {
  let bytes = 0;
  for (const piece of pieces()) bytes += Buffer.byteLength(piece);
  yield `data ${bytes}\n`;
  yield* pieces();
  yield '\n';
}

/** `ID<newline>MESSAGE`, entries separated by NUL. */
export function* splitLog(log: string): Generator<readonly [id: string, message: string]> {
  for (const entry of log.split('\0')) {
    if (entry === '') continue;
    const end = entry.indexOf('\n');
    yield [entry.slice(0, end), entry.slice(end + 1)];
  }
}
