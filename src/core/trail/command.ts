/** Command lines out of the audit trail, for a person to read: quoted where needed, without what looks like a secret. */
import { bytesOf, textOf } from './records.ts';

/** The kernel keeps so much of a process's title: MAX_PROCTITLE_AUDIT_LEN in kernel/auditsc.c. */
const titleBytes = 128;

export interface Title {
  readonly words: readonly string[];
  readonly cut: boolean;
}

/** PROCTITLE: null where it cannot be read. */
export function titleOf(value: string | undefined): Title | null {
  const bytes = bytesOf(value);
  if (bytes === null) return null;
  return { words: wordsOf(bytes.toString('utf8')), cut: bytes.length >= titleBytes };
}

/** What stands in /proc/PID/cmdline, and in PROCTITLE. */
export function wordsOf(text: string): readonly string[] {
  return text.replace(/\0+$/, '').split('\0');
}

/** EXECVE: `a0=... a1[0]=... a1[1]=...`; null where an argument is missing. */
export function argumentsOf(fields: ReadonlyMap<string, string>): readonly string[] | null {
  const count = Number(fields.get('argc'));
  if (!Number.isInteger(count) || count < 1) return null;
  const words: string[] = [];
  for (let i = 0; i < count; i++) {
    const parts: string[] = [];
    for (let part = 0; fields.has(`a${i}[${part}]`); part++) parts.push(textOf(fields.get(`a${i}[${part}]`)) ?? '');
    // An empty argument is written as "".
    const word = parts.length > 0 ? parts.join('') : (textOf(fields.get(`a${i}`)) ?? null);
    if (word === null) return null;
    words.push(word);
  }
  return words;
}

/**
 * Whether these words can be what this process ran: the kernel keeps a title from before the last exec, and then it is
 * somebody else's.
 */
export function fits(words: readonly string[], process: string, exe: string | null): boolean {
  const [first = '', second = ''] = words.map((word) => word.replace(/^.*\//, ''));
  const program = first.replace(/^-/, '');
  if (program === '') return false;
  const file = exe?.replace(/^.*\//, '') ?? '';
  const short = (name: string): string => Buffer.from(name).subarray(0, 15).toString('utf8');
  if (short(program) === process) return true;
  // `/usr/bin/python3 fw.py` run as fw.py, with python3.11 as its program.
  return file.startsWith(program) && (short(second) === process || file === process || process.startsWith(program));
}

const secretName = /^(-{0,2}[\w.-]*(?:pass|pwd|secret|token|apikey|api-key|credential)[\w.-]*)(=.*)?$/i;

/** One line, cut words marked; an option that sounds like a secret loses its value. */
export function showCommand({ words, cut }: Title): string {
  let hideNext = false;
  const shown = words.map((word) => {
    if (hideNext) {
      hideNext = false;
      return '***';
    }
    const secret = secretName.exec(word);
    if (secret !== null) {
      hideNext = secret[2] === undefined && word.startsWith('-');
      return secret[2] === undefined ? quoted(word) : `${secret[1] ?? ''}=***`;
    }
    return quoted(word.replace(/(\w:\/\/)[^/@\s]+@/g, '$1***@'));
  });
  return `${shown.join(' ')}${cut ? '...' : ''}`;
}

function quoted(word: string): string {
  return /^[^\s"'\\$`;&|<>(){}*?!#\u0000-\u001f\u007f]+$/.test(word) ? word : JSON.stringify(word);
}
