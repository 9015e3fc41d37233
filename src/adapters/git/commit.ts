/** Reads a commit as git keeps it; its text comes from outside and is made fit for one line of a terminal. */

import type { CommitFacts } from '../../model/record.ts';

export interface RawCommit {
  /** `Name <mail>` */
  readonly author: string;
  /** ISO 8601, with the author's own offset. */
  readonly authoredAt: string;
  readonly subject: string;
  /** The whole message, as it was written. */
  readonly message: string;
  /** Whether it carries a signature, of whatever kind and worth. */
  readonly signed: boolean;
}

/** Control characters, and marks that turn the direction of text, could draw anything on a terminal. */
export function plain(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

/** Git's `SECONDS +HHMM`; '' for what is no time. */
function isoTime(seconds: string, offset: string): string {
  const [, sign = '+', hours = '00', minutes = '00'] = /^([+-])(\d\d)(\d\d)$/.exec(offset) ?? [];
  const shiftSeconds = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60 : 60);
  const local = new Date((Number(seconds) + shiftSeconds) * 1000);
  return Number.isNaN(local.getTime()) ? '' : `${local.toISOString().slice(0, 19)}${sign}${hours}:${minutes}`;
}

function decode(content: Buffer, headers: string): string {
  const encoding = /^encoding (.*)$/m.exec(headers)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(encoding).decode(content);
  } catch {
    // An encoding that nobody knows: what is no UTF-8 in it shows as U+FFFD.
    return content.toString('utf8');
  }
}

export function parseCommit(content: Buffer): RawCommit {
  const end = content.indexOf('\n\n');
  const headers = content.toString('latin1', 0, end < 0 ? content.length : end);
  const text = decode(content, headers);
  const cut = text.indexOf('\n\n');
  const top = cut < 0 ? text : text.slice(0, cut);
  const message = cut < 0 ? '' : text.slice(cut + 2).replace(/^(?:[ \t]*\n)+/, '');
  const [, name = '', mail = '', seconds = '', offset = ''] =
    /^author (.*?) ?<([^\n>]*)> (-?\d{1,15}) ([+-]\d{4})$/m.exec(top) ?? [];
  return {
    author: `${plain(name)} <${plain(mail)}>`,
    authoredAt: isoTime(seconds === '' ? 'none' : seconds, offset),
    message,
    // As git has it: the first paragraph on one line.
    subject: plain(message.split(/\n[ \t]*\n/)[0] ?? ''),
    signed: /^gpgsig(-sha256)? /m.test(headers),
  };
}

/** What `%G?` says of a commit that has a signature: N is one that git cannot check at all. */
export function verdictOf(letter: string): CommitFacts['signature'] {
  if (letter === 'G') return 'good';
  return ['U', 'E', 'N', ''].includes(letter) ? 'unknown' : 'bad';
}
