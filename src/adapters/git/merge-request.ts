/** The merge or pull request that a commit came by, from what GitHub, GitLab, Gitea and Bitbucket write in its message. */
import { plain } from './commit.ts';

const linkWords = /\bhttps?:\/\/[^\s<>"'()]+\/(?:pull|pulls|merge_requests|pull-requests)\/\d+/;

/** How each forge says it, and where below the repository's page its requests are. */
const forms: readonly { readonly words: RegExp; readonly path: string }[] = [
  { words: /^Merge pull request #(\d+) from /m, path: 'pull' },
  { words: /^Merge pull request '.*' \(#(\d+)\) from /m, path: 'pulls' },
  { words: /^Merged in .* \(pull request #(\d+)\)$/m, path: 'pull-requests' },
  // A squashed one keeps its number at the end of the subject; GitHub and Gitea both lead from here to the request.
  { words: /^(?!\n).*\(#(\d+)\)$/, path: 'issues' },
];

/** A link where one is written or can be made from the remote's own; else `#12` or `group/project!34`; null where none is named. */
export function requestOf(message: string, remote: string): string | null {
  const link = linkWords.exec(message)?.[0];
  if (link !== undefined) return plain(link.replace(/\/\/[^/@]*@/, '//'));
  const page = pageOf(remote);
  const [, project, merge] = /^See merge request (?:([\w./-]+))?!(\d+)$/m.exec(message) ?? [];
  if (merge !== undefined) {
    if (page === null) return `${project ?? ''}!${merge}`;
    const base = project === undefined ? page.url : `${page.origin}/${project}`;
    return `${base}/-/merge_requests/${merge}`;
  }
  const subject = message.split('\n')[0] ?? '';
  for (const [i, { words, path }] of forms.entries()) {
    const number = words.exec(i === forms.length - 1 ? subject : message)?.[1];
    if (number !== undefined) return page === null ? `#${number}` : `${page.url}/${path}/${number}`;
  }
  return null;
}

/** The page of the repository in a browser, without secrets; null for a path, which has none. */
function pageOf(remote: string): { readonly origin: string; readonly url: string } | null {
  // An ssh port says nothing about where the page is.
  const [, host, path = ''] =
    /^https:\/\/(?:[^@/]*@)?([^/]+)\/(.+)$/.exec(remote) ??
    /^ssh:\/\/(?:[^@/]*@)?([^/:]+)(?::\d+)?\/(.+)$/.exec(remote) ??
    /^(?:[^@/:]+@)?([^/:@]+):(?!\/\/)(.+)$/.exec(remote) ??
    [];
  if (host === undefined) return null;
  const origin = `https://${host}`;
  return { origin, url: `${origin}/${path.replace(/^\/+/, '').replace(/(\.git)?\/?$/, '')}` };
}
