/** What came of the real packets, beside what the walk said. */
import { limits } from '../../model/limits.ts';
import { showSeen, type TrialResult } from '../trial.ts';
import { printable, type Paint } from './paint.ts';
import { endText, packetText } from './trace.ts';
import { counted } from './words.ts';

/** As schemas/output/validate.schema.json has it. */
export function trialJson(results: readonly TrialResult[]): readonly object[] {
  return results.map(({ about, at, trace, seen, skipped, agrees }) => ({
    about,
    at,
    packet: trace.packet,
    ends: trace.paths.map(({ end, sender, answerLost }) => ({ end, sender, answerLost })),
    seen,
    skipped,
    agrees,
  }));
}

/** One line for each packet, those that differ first; the last line counts them. */
export function trialText(results: readonly TrialResult[], paint: Paint): string {
  const rank = ({ agrees }: TrialResult): number => (agrees === false ? 0 : agrees === null ? 1 : 2);
  const sorted = results.toSorted((a, b) => rank(a) - rank(b));
  const shown = sorted.slice(0, limits.packetLines);
  const lines = [
    paint('faint', 'In the namespaces everybody answers on every port that is tried: who answers is what counts.'),
    ...shown.flatMap((result) => resultLines(result, paint)),
  ];
  if (sorted.length > shown.length) lines.push(paint('faint', `... and ${sorted.length - shown.length} more`));
  return `${[...lines, tally(results)].join('\n')}\n`;
}

function resultLines({ about, at, trace, seen, skipped, agrees }: TrialResult, paint: Paint): readonly string[] {
  const name = printable(`${about}: ${packetText(trace.packet)}`);
  const place = `  (${printable(at.file)}:${at.line})`;
  if (seen === null) return [paint('warning', `?  ${name}: not sent: ${printable(skipped ?? '')}${place}`)];
  const walked = [...new Set(trace.paths.map(endText))].map((text) => `it ${text}`).join(', or ');
  if (agrees === true) return [`${paint('create', 'ok')} ${name}: ${printable(showSeen(seen))}${place}`];
  return [
    paint('error', `!! ${name}${place}`),
    `     the packet: ${printable(showSeen(seen))}`,
    `     natroute:   ${printable(walked)}`,
  ];
}

function tally(results: readonly TrialResult[]): string {
  const sent = results.filter(({ agrees }) => agrees !== null).length;
  const same = results.filter(({ agrees }) => agrees === true).length;
  const unsent = results.length - sent;
  const rest = unsent === 0 ? '' : `, ${unsent} not sent`;
  return `packets: ${counted(sent, 'real packet')} sent, ${same} ended where natroute says${rest}`;
}
