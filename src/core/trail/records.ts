/**
 * One line of the audit trail, as auditd writes it (raw or enriched), as journald keeps it and as the kernel prints it
 * where nobody listens. What is cut off or unknown is no record.
 */

export interface TrailRecord {
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Time and number, the same for all records of one event. */
  readonly event: string;
  /** As they stand there: see `textOf`. */
  readonly fields: ReadonlyMap<string, string>;
}

// Anchored: what stands further behind may be anybody's text.
const recordLine =
  /^(?:node=\S+ )?(?:audit: )?type=([A-Z0-9_]+) (?:msg=)?audit\((\d{1,12})\.(\d{3}):(\d{1,20})\): ?(.*)$/;

// include/uapi/linux/audit.h; the kernel prints numbers where no daemon gives them names.
const names: Readonly<Record<string, string>> = {
  '1300': 'SYSCALL',
  '1309': 'EXECVE',
  '1325': 'NETFILTER_CFG',
  '1327': 'PROCTITLE',
};

export function readRecord(line: string): TrailRecord | null {
  const match = recordLine.exec(line);
  if (match === null) return null;
  const [, type = '', seconds = '', milliseconds = '', serial = '', rest = ''] = match;
  return {
    type: names[type] ?? type,
    at: Number(seconds) * 1000 + Number(milliseconds),
    event: `${seconds}.${milliseconds}:${serial}`,
    fields: readFields(rest),
  };
}

/** The first of each name counts: the kernel writes its own before what a program may choose. */
function readFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  // auditd's enriched form puts names behind a group separator: AUID="bob".
  for (const [, key = '', value = ''] of text.matchAll(/(?:^|[\s\u001d])([A-Za-z0-9_[\]-]+)=("[^"]*"|[^\s\u001d]*)/g))
    if (!fields.has(key)) fields.set(key, value);
  return fields;
}

/** A field that a program may choose: in quotes, or in hex where it has blanks, quotes or control characters. */
export function textOf(value: string | undefined): string | null {
  return bytesOf(value)?.toString('utf8') ?? null;
}

/** As textOf. */
export function bytesOf(value: string | undefined): Buffer | null {
  if (value === undefined || value === '' || value === '(null)' || value === '?' || value === '(none)') return null;
  if (value.startsWith('"')) return value.length > 1 && value.endsWith('"') ? Buffer.from(value.slice(1, -1)) : null;
  // Half a byte at the end: the line was cut off.
  return /^(?:[0-9A-Fa-f]{2})+$/.test(value) ? Buffer.from(value, 'hex') : null;
}

export function numberOf(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,10}$/.test(value) ? Number(value) : null;
}

interface JournalEntry {
  readonly MESSAGE?: unknown;
  readonly _TRANSPORT?: unknown;
  readonly _AUDIT_TYPE_NAME?: unknown;
  readonly _AUDIT_ID?: unknown;
  /** Microseconds since 1970. */
  readonly _SOURCE_REALTIME_TIMESTAMP?: unknown;
}

/** A line of `journalctl -o json` as the line that auditd would have written; null where it is no record. */
export function lineOfJournal(json: string): string | null {
  let entry: JournalEntry;
  try {
    entry = JSON.parse(json) as JournalEntry;
  } catch {
    return null;
  }
  const { MESSAGE: message, _TRANSPORT: transport, _AUDIT_TYPE_NAME: type, _AUDIT_ID: serial } = entry;
  if (typeof message !== 'string') return null;
  // Programs may send what they like by other ways.
  if (transport === 'kernel') return message;
  const micros = entry._SOURCE_REALTIME_TIMESTAMP;
  if (transport !== 'audit' || typeof type !== 'string' || typeof serial !== 'string' || typeof micros !== 'string')
    return null;
  const at = /^(\d+)(\d{3})\d{3}$/.exec(micros);
  if (at === null) return null;
  const rest = message.startsWith(`${type} `) ? message.slice(type.length + 1) : message;
  return `type=${type} msg=audit(${at[1] ?? ''}.${at[2] ?? ''}:${serial}): ${rest}`;
}
