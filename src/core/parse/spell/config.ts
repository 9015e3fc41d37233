/** Values of the local config: repository URLs and branches by an allow-list, endpoints, cron patterns. */
import { isIP } from 'node:net';
import { Cron } from 'croner';
import { quoted, visible } from '../visible.ts';
import { spellHostIp, spellIp } from './ips.ts';
import { spellPort } from './ports.ts';
import { wrong } from './spelled.ts';
import type { Spelled } from './spelled.ts';

const urlHelp = 'write https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH, or the full path of a local repository';
const host = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])`;
const user = String.raw`[A-Za-z0-9_][A-Za-z0-9._-]*`;
const path = String.raw`[A-Za-z0-9~_.+@%=,/-]+`;
const allowedUrls: readonly RegExp[] = [
  new RegExp(`^https://(?:${user}(?::[A-Za-z0-9._~%+=-]+)?@)?${host}(?::[0-9]{1,5})?/${path}$`),
  new RegExp(`^ssh://(?:${user}@)?${host}(?::[0-9]{1,5})?/${path}$`),
  new RegExp(`^${user}@${host}:(?![-/]{2})(?!-)${path}$`),
  /^\/(?!\/)[A-Za-z0-9~_.+@%=,/ -]*$/,
];

/**
 * Only forms whose transport is https, ssh or a plain local path. `ext::`, options in disguise and control characters
 * never get as far as git. The URL may carry a password: messages show none of it.
 */
export function spellRepositoryUrl(text: string): Spelled<string> {
  const bad = (message: string, help: string): Spelled<string> => wrong('wrong-value', message, help);
  if (text === '') return bad('the repository has no url', urlHelp);
  if (visible(text) !== text) return bad('the url has a control character', 'type it anew');
  if (text.startsWith('-')) return bad('the url begins with a dash: git would take it for an option', urlHelp);
  if (text.includes('::')) {
    if (!/^[^[]*\[[0-9a-fA-F:.]+\]/.test(text))
      return bad('the url has a :: in it: git would run a helper for it', urlHelp);
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'file') return bad('file:// is not taken', `write the path itself: ${visible(text.slice(7))}`);
  if (scheme === 'http' || scheme === 'git')
    return bad(`${scheme}:// can be forged on the way`, 'write https:// or ssh://');
  if (scheme !== undefined && scheme !== 'https' && scheme !== 'ssh') return bad(`${scheme}:// is not taken`, urlHelp);
  if (!allowedUrls.some((form) => form.test(text))) return bad('the url has none of the forms that are taken', urlHelp);
  if (text.split('/').includes('..')) return bad('the url goes up with ..', 'write the path without ..');
  return { value: text };
}

/** A branch by git's own rules for ref names, and nothing that could be an option or a revision expression. */
export function spellBranch(text: string): Spelled<string> {
  const fine =
    /^[A-Za-z0-9_][A-Za-z0-9._/+#-]*$/.test(text) &&
    !text.includes('..') &&
    !text.includes('//') &&
    !text.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock') || part.endsWith('.')) &&
    !text.endsWith('/');
  if (text.startsWith('refs/'))
    return wrong('wrong-value', `${quoted(text)} is a full ref`, 'write the branch alone: main');
  return fine && text !== 'HEAD'
    ? { value: text }
    : wrong('wrong-value', `${quoted(text)} is not a branch`, 'write a branch such as main');
}

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

/** `127.0.0.1:9468`, `[::1]:9468`. */
export function spellEndpoint(text: string): Spelled<Endpoint> {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(text);
  if (parts === null)
    return wrong('wrong-value', `${quoted(text)} is not IP:PORT`, 'write 127.0.0.1:9468, or [::1]:9468');
  const ip = spellIp(parts[1] ?? parts[2] ?? '');
  if ('problem' in ip) return ip;
  const port = spellPort(parts[3] ?? '');
  return 'problem' in port ? port : { value: { ip: ip.value.text, port: port.value } };
}

export function spellPingTarget(text: string): Spelled<string> {
  if (text === 'gateway') return { value: text };
  if (isIP(text) === 0 && /^[a-z]/i.test(text))
    return wrong('ip', `${quoted(text)} is not an IP`, 'write gateway, or an IP: names are not looked up');
  const ip = spellHostIp(text);
  return 'problem' in ip ? ip : { value: ip.value.text };
}

/** Five fields, or six with seconds in front; problem `wrong-value`. */
export function spellCron(text: string): Spelled<string> {
  const fields = text.trim().split(/\s+/).length;
  if (fields === 5 || fields === 6) {
    try {
      // Paused and without a function: nothing is scheduled, only the pattern is read.
      new Cron(text, { paused: true });
      return { value: text };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
  return wrong(
    'wrong-value',
    `${quoted(text)} is not a cron pattern`,
    'write minute, hour, day, month and weekday, such as "0 3 * * 0"',
  );
}

/** `ops@example.org`: nothing that a mail's header could take for more than one address. */
export function spellMailAddress(text: string): Spelled<string> {
  const fine = /^[A-Za-z0-9][A-Za-z0-9._%+=-]{0,63}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text);
  // What root's own mail is called on the host itself has no domain.
  if (fine || /^[a-z_][a-z0-9_-]{0,31}$/.test(text)) return { value: text };
  return wrong('wrong-value', `${quoted(text)} is not a mail address`, 'write ops@example.org, or a user of this host');
}
