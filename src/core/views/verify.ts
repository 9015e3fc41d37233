/** `history --verify` for a person: damage first, then what was looked at and what could not be. */
import type { LedgerStep } from '../../model/record.ts';
import { printable, type Paint } from './paint.ts';
import { counted, row, showTime } from './words.ts';

export interface VerificationFacts {
  readonly host: string;
  readonly entries: number;
  readonly first: LedgerStep | null;
  readonly last: LedgerStep | null;
  readonly letGo: string | null;
  readonly damage: readonly string[];
  readonly gaps: readonly { readonly id: string | null; readonly at: string; readonly text: string }[];
  readonly signatures: Readonly<Record<'good' | 'bad' | 'unknown' | 'none', number>>;
  readonly same: number;
  readonly differing: readonly {
    readonly id: string;
    readonly at: string;
    readonly commit: string;
    readonly recorded: string | null;
    readonly compiled: string | null;
  }[];
  readonly skipped: readonly { readonly why: string; readonly entries: number; readonly first: string }[];
}

export function verifyText(
  facts: VerificationFacts,
  { paint, columns }: { readonly paint: Paint; readonly columns: number },
): string {
  const { host, entries, damage, gaps, differing, same, skipped, signatures } = facts;
  const bad = damage.length + gaps.length + differing.length;
  const verdict =
    bad > 0
      ? `${counted(bad, 'thing')} wrong with the ledger`
      : entries === 0
        ? 'the ledger is empty'
        : 'the ledger is whole';
  const lines = [paint(bad > 0 ? 'error' : 'strong', `${printable(host)}: ${verdict}`)];
  const say = (name: string, words: string): void => {
    lines.push(...row(name.padEnd(12), printable(words), { indent: '  ', columns }));
  };
  for (const what of damage) say('! damage', what);
  for (const { id, at, text } of gaps)
    say('! gap', `${id === null ? 'not written down yet' : `entry ${id.slice(0, 10)} of ${showTime(at)}`}: ${text}`);
  for (const { id, at, commit, recorded, compiled } of differing) {
    say(
      '! rules',
      `entry ${id.slice(0, 10)} of ${showTime(at)} has other rules than commit ${commit.slice(0, 10)} compiles to:`,
    );
    say('', `recorded ${recorded ?? 'nothing more'}`);
    say('', `compiled ${compiled ?? 'nothing more'}`);
  }
  if (damage.length > 0)
    say(
      'help',
      'Nothing is applied while the chain is damaged, and natroute never resets it. Restore the folder from a backup or from its remote, or move it away: a new ledger begins.',
    );
  if (gaps.length > 0)
    say(
      'help',
      'What is gone only a backup or the ledger remote may still have; the ledger says so for good. Once it is explained, `natroute history --verify --since TIME` counts only later gaps.',
    );
  if (facts.first === null || facts.last === null) return `${lines.join('\n')}\n`;
  say(
    'entries',
    `${entries}, from ${showTime(facts.first.heading.at)} to ${showTime(facts.last.heading.at)}, the last ${facts.last.id}`,
  );
  if (facts.letGo !== null)
    say(
      'let go',
      `the entries before the first, up to ${facts.letGo.slice(0, 10)} (ledger.days); what older rules go back to is a note that nothing here proves`,
    );
  if (damage.length === 0)
    say(
      'chain',
      'each stands on the one before, every object is what its name says, and the end goes on from the last known one',
    );
  say('signatures', signatureWords(signatures));
  say('rules', `those of ${same === 1 ? '1 entry' : `${same} entries`} are what the recorded commit compiles to`);
  for (const { why, entries: n, first } of skipped)
    say('', `those of ${n} not compared: ${why} (first ${first.slice(0, 10)})`);
  return `${lines.join('\n')}\n`;
}

function signatureWords({ good, bad, unknown, none }: VerificationFacts['signatures']): string {
  const words = [
    ...(good > 0 ? [`${good} good`] : []),
    ...(bad > 0 ? [`${bad} bad`] : []),
    ...(unknown > 0 ? [`${unknown} by a key that this host does not know`] : []),
    ...(none > 0 ? [`${none} unsigned`] : []),
  ];
  return words.join(', ');
}
