/** One commit built from git's objects alone, and pushed as a new branch: nothing is checked out, no ref of ours moves. */
import { Fault } from '../../model/fault.ts';
import type { OfferedCommit } from '../../ports.ts';
import type { GitCall, GitResult } from './factory.ts';
import type { Remote } from './remote.ts';
import { unreachable } from './trouble.ts';

type Run = (call: GitCall) => Promise<GitResult>;

/** The commit's id; its objects are in the repository, and nothing names it. */
export async function buildCommit(run: Run, { onto, files, message, host }: OfferedCommit): Promise<string> {
  const blobs: (readonly [path: readonly string[], blob: string])[] = [];
  for (const [path, text] of files) {
    const blob = await idFrom(run, { args: ['hash-object', '-w', '--stdin'], input: text });
    blobs.push([path.split('/'), blob]);
  }
  const tree = await treeWith(run, `${onto}^{tree}`, blobs);
  const who = ['-c', 'user.name=natroute', '-c', `user.email=natroute@${host.replace(/[^A-Za-z0-9._-]/g, '-')}`];
  return idFrom(run, { args: [...who, 'commit-tree', '--no-gpg-sign', tree, '-p', onto, '-F', '-'], input: message });
}

async function idFrom(run: Run, call: GitCall): Promise<string> {
  const id = (await run(call)).stdout.toString('utf8').trim();
  if (!/^[0-9a-f]{40,64}$/.test(id)) throw new Fault('git-refused', 'git did not name the object that it made.');
  return id;
}

type Blobs = readonly (readonly [path: readonly string[], blob: string])[];

/** The same tree with other contents of these files, which are all in it. */
async function treeWith(run: Run, tree: string, blobs: Blobs): Promise<string> {
  const { stdout } = await run({ args: ['ls-tree', '-z', '--full-tree', tree] });
  const lines: string[] = [];
  for (const line of stdout.toString('latin1').split('\0')) {
    const [, mode = '', type = '', object = '', name = ''] = /^([0-7]+) (\w+) ([0-9a-f]+)\t([^]*)$/.exec(line) ?? [];
    if (name === '') continue;
    // Names of ours are ASCII; those of others go back byte for byte.
    const own = blobs.filter(([path]) => path[0] === name);
    const [leaf] = own.filter(([path]) => path.length === 1);
    const deeper = own.map(([path, blob]) => [path.slice(1), blob] as const);
    const changed = own.length === 0 ? object : (leaf?.[1] ?? (await treeWith(run, object, deeper)));
    lines.push(`${mode} ${type} ${changed}\t${name}\0`);
  }
  return idFrom(run, { args: ['mktree', '-z'], input: Buffer.from(lines.join(''), 'latin1') });
}

export interface PushTo {
  readonly remote: Remote;
  readonly branch: string;
  readonly seconds: number;
}

/** The branch must not exist yet: nobody's work is written over. Faults: git-refused, git-unreachable. */
export async function pushNew(run: Run, commit: string, { remote, branch, seconds }: PushTo): Promise<void> {
  const ref = `refs/heads/${branch}`;
  const args = [
    'push',
    '--porcelain',
    '--no-verify',
    `--force-with-lease=${ref}:`,
    '--',
    remote.url,
    `${commit}:${ref}`,
  ];
  let result: GitResult;
  try {
    result = await run({ args, seconds, accept: [0, 1] });
  } catch (error) {
    if (!(error instanceof Fault) || (error.code !== 'command-failed' && error.code !== 'command-timeout')) throw error;
    if (/read.?only|denied to|not allowed|403|write access/i.test(error.detail.output ?? ''))
      throw mayNot(remote, error);
    throw unreachable(remote, error, seconds);
  }
  if (result.exitCode === 0) return;
  const said = /^!\t[^\t]*\t\[(?:remote )?rejected\] \((.*)\)$/m.exec(result.stdout.toString('utf8'))?.[1] ?? '';
  if (said === 'stale info' || /already exists/.test(said))
    throw new Fault('git-refused', `The repository ${remote.shown} has a branch ${branch} already.`, {
      help: 'Give another name; natroute pushes only new branches.',
    });
  throw mayNot(remote, new Fault('git-refused', '', { output: said === '' ? result.stderr.trim() : said }));
}

function mayNot({ shown }: Remote, cause: Fault): Fault {
  return new Fault('git-refused', `The repository ${shown} does not let this host push.`, {
    ...cause.detail,
    help: 'Deploy keys are often read-only, and that is well so: apply the patch in a working copy, and push it from there.',
    cause,
  });
}
