/** When a port was open: each time with from when to when, for whom, to which guest, by which commit, and why it ended. */
import { showPorts } from '../../model/family.ts';
import type { LedgerStep } from '../../model/record.ts';
import type { Opening, OpeningEnd } from '../ledger/openings.ts';
import { actorWords } from '../ledger/subject.ts';
import { printable, type Paint } from './paint.ts';
import { row, showCommit, showTime } from './words.ts';

export interface OpeningsShape {
  readonly paint: Paint;
  readonly columns: number;
}

/** Newest first, as given. `port` as it was asked for. */
export function openingsText(port: string, found: readonly Opening[], { paint, columns }: OpeningsShape): string {
  if (found.length === 0) return `${port} was never open by a rule of natroute's, as far as the ledger goes back\n`;
  const times = found.length === 1 ? 'once' : `${found.length} times`;
  const still = found.filter(({ end }) => end === null).length;
  const now =
    still === 0 ? 'closed now' : still === 1 || still === found.length ? 'open now' : `${still} of them open now`;
  const lines = [paint('strong', `${port} was opened ${times}; ${now}`)];
  for (const opening of found) lines.push('', ...openingLines(opening, { paint, columns }));
  return `${lines.join('\n')}\n`;
}

function openingLines(opening: Opening, { paint, columns }: OpeningsShape): readonly string[] {
  const { began, brought, end, until } = opening;
  const span = `${showTime(began.heading.at)} - ${end === null ? 'now' : showTime(end.at)}`;
  const lines = [paint(end === null ? 'create' : 'strong', `${span}  ${wayOf(opening)}`)];
  const say = (name: string, words: string): void => {
    lines.push(...row(name.padEnd(10), printable(words), { indent: '    ', columns }));
  };
  say('for', opening.sources?.join(', ') ?? 'anyone');
  const commit = brought?.heading.desired ?? null;
  if (brought === null)
    say('by hand', `${actorWords(began.heading.actor)} (entry ${began.id.slice(0, 10)})`.trimStart());
  else {
    say('opened by', commit === null ? 'a folder applied by hand' : showCommit(commit));
    if (commit?.request !== undefined) say('request', commit.request);
    say('applied', entryWords(brought));
    if (brought.id !== began.id) say('again', entryWords(began));
  }
  if (until !== null && end === null) say('until', showTime(until));
  if (end !== null) say('ended', endWords(end));
  return lines;
}

function wayOf({ address, ports, protocol, family, guest, to }: Opening): string {
  const six = family === 'v6' ? ' IPv6' : '';
  return printable(`${address}:${showPorts(ports)}/${protocol}${six} -> ${guest ?? 'a rule by hand'} ${to}`);
}

function entryWords({ id, heading: { at, cause, generation } }: LedgerStep): string {
  return `${showTime(at)}, ${cause}${generation === null ? '' : `, generation ${generation}`}, entry ${id.slice(0, 10)}`;
}

function endWords({ text, entry, why }: OpeningEnd): string {
  const place = entry === null ? '' : ` (entry ${entry.id.slice(0, 10)})`;
  return `${text}${why === 'drift' ? ', found then' : ''}${place}`;
}

/** What was open at one moment, a line each. */
export function openNowLines(found: readonly Opening[]): readonly string[] {
  const ways = found.map((opening) => [wayOf(opening), opening] as const);
  const width = Math.min(60, Math.max(0, ...ways.map(([way]) => way.length)));
  return ways
    .toSorted(([, a], [, b]) =>
      a.address < b.address ? -1 : a.address > b.address ? 1 : a.ports.first - b.ports.first,
    )
    .map(([way, { sources, brought }]) => {
      const commit = brought?.heading.desired?.commit.slice(0, 10) ?? 'by hand';
      return `  ${way.padEnd(width)}  for ${printable(sources?.join(', ') ?? 'anyone')}  ${commit}`;
    });
}
