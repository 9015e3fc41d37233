/**
 * What may be handed to git as a remote, a branch or a revision: each is checked here against a narrow grammar,
 * because a leading dash is an option to git and `ext::` is a command.
 */
import { Fault } from '../../model/fault.ts';
import { type Transport, withoutSecrets } from './factory.ts';

export interface Remote {
  readonly transport: Transport;
  /** As git gets it. */
  readonly url: string;
  /** For people: without user names and passwords. */
  readonly shown: string;
}

const controls = /[\u0000-\u001f\u007f-\u009f]/;
const longestUrl = 2_000;
const longestName = 200;

function refusedUrl(url: string, why: string): Fault {
  const shown = JSON.stringify(withoutSecrets(url).slice(0, longestName));
  return new Fault('git-refused', `The repository's url ${shown} is refused: ${why}.`, {
    help: 'Write https://HOST/PATH, USER@HOST:PATH, ssh://USER@HOST/PATH or an absolute path as `repository.url` in the local config.',
  });
}

const hostName = String.raw`(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*)|\[[0-9A-Fa-f:.]+\])`;
const userName = String.raw`[A-Za-z0-9_][A-Za-z0-9._-]*`;
const sshUrl = new RegExp(`^ssh://(?:${userName}@)?${hostName}(?::[0-9]{1,5})?/[^-].*$`);
const scpLike = new RegExp(`^(?:${userName}@)?${hostName}:[^-:].*$`);
const httpsUrl = new RegExp(String.raw`^https://(?:[^/@\s]+@)?${hostName}(?::[0-9]{1,5})?/.+$`);

/** Only https, ssh and absolute local paths. Fault git-refused. */
export function checkedRemote(url: string): Remote {
  const of = (transport: Transport): Remote => ({ transport, url, shown: withoutSecrets(url) });
  if (url === '') throw refusedUrl(url, 'it is empty');
  if (url.length > longestUrl) throw refusedUrl(url, `it is longer than ${longestUrl} characters`);
  if (controls.test(url)) throw refusedUrl(url, 'it has a control character');
  if (url.startsWith('-')) throw refusedUrl(url, 'it begins with a dash, which git would take for an option');
  if (url.startsWith('/')) return of('file');
  if (/^file:\/\/\//.test(url)) return { ...of('file'), url: url.slice('file://'.length) };
  if (httpsUrl.test(url)) return of('https');
  if (sshUrl.test(url)) return of('ssh');
  if (/^[^/@[]*::/.test(url)) throw refusedUrl(url, '`::` would start a helper program');
  if (/^(http|git|ftp|ftps):/.test(url)) throw refusedUrl(url, 'its transport is neither encrypted nor authenticated');
  if (!url.includes('://') && scpLike.test(url)) return of('ssh');
  throw refusedUrl(url, 'it is neither https, ssh nor an absolute path');
}

/** The rules of git-check-ref-format, and no leading dash. Fault git-refused. */
export function checkedBranch(branch: string): string {
  const bad =
    branch === '' ||
    branch.length > longestName ||
    controls.test(branch) ||
    /^[-/.]|[/.]$|\.\.|\/\/|\/\.|\.lock(\/|$)|@\{|^@$|[ ~^:?*[\\]/.test(branch);
  if (!bad) return branch;
  throw new Fault('git-refused', `${JSON.stringify(branch.slice(0, longestName))} is not a branch's name.`, {
    help: 'Correct `repository.branch` in the local config.',
  });
}

/**
 * A revision from the command line: a commit's id or its beginning, HEAD, the branch (also as origin/BRANCH), each with
 * any `~N` and `^N`. What git gets for it. Fault no-such-revision.
 */
export function checkedRevision(revision: string, branch: string, head: string): string {
  const [, name = '', steps = ''] = /^(.*?)((?:[~^][0-9]{0,9}){0,100})$/.exec(revision) ?? [];
  if (/^[0-9a-f]{4,64}$/i.test(name)) return `${name.toLowerCase()}${steps}`;
  if (name === 'HEAD' || name === branch || name === `origin/${branch}`) return `${head}${steps}`;
  const shown = JSON.stringify(revision.slice(0, longestName));
  throw new Fault('no-such-revision', `${shown} names no commit of the state repository.`, {
    help: `Give a commit's id (4 characters of it or more), HEAD or ${branch}, also with ~1, ~2 and so on.`,
  });
}

export function isCommitId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
