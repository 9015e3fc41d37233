/** A walk as a packet tracer prints it: the rules met, what they did, and where the packet ends. */
import type { Position } from '../../model/diagnostic.ts';
import { showSocket } from '../trace/socket.ts';
import { nameOf, type Packet, type Path, type RulePlace, type Step, type Trace } from '../trace/trace.ts';
import { printable, type Paint, type Style } from './paint.ts';

export type StyledLine = readonly [style: Style | null, text: string];

/** Misses in a row above which only their number is told. */
const missesShown = 4;

export function traceText(trace: Trace, paint: Paint): string {
  const lines = [paint('strong', printable(packetText(trace.packet))), ''];
  for (const [style, line] of traceLines(trace)) lines.push(style === null ? line : paint(style, line));
  return `${lines.join('\n')}\n`;
}

/** Where it ends first where there is one end, then how it got there; every way where rules leave it open. */
export function traceLines(trace: Trace): readonly StyledLine[] {
  const [first] = trace.paths;
  if (first === undefined) return [];
  if (trace.paths.length === 1) return [...stepLines(first.steps), endLine(first)];
  const lines: StyledLine[] = [
    trace.verdict === 'known'
      ? ['strong', 'Some rules ask for what the nat table does not tell, but every way has the same end:']
      : ['warning', 'Unknown: some rules ask for what the nat table does not tell.'],
  ];
  let before: readonly Step[] = [];
  for (const [i, path] of trace.paths.entries()) {
    lines.push(
      [null, ''],
      ['strong', `Way ${i + 1}: ${conditionText(path)}`],
      ...stepsAfter(before, path.steps),
      endLine(path),
    );
    before = path.steps;
  }
  if (trace.more) lines.push([null, ''], ['warning', 'There are more ways than these.']);
  return lines;
}

/** `198.18.0.1 -> 203.0.113.10:80/tcp, coming in by eth0` */
export function packetText({ source, destination, port, protocol, entry }: Packet): string {
  const way = `${source} -> ${showSocket(destination, port)}/${protocol}`;
  switch (entry.kind) {
    case 'host':
      return `${way}, sent by the host itself`;
    case 'outside':
      return `${way}, coming in by ${entry.interface.name === '' ? "the interface of that address's MAC" : nameOf(entry.interface)}`;
    case 'guest':
      return `${way}, from ${entry.guest === null ? 'something that is no guest' : `guest ${entry.guest}`} on ${nameOf(entry.interface)}`;
    default:
      return entry satisfies never;
  }
}

/** What becomes of the packet, as the rest of a sentence about it. */
export function endText({ end, sender, answerLost }: Pick<Path, 'end' | 'sender' | 'answerLost'>): string {
  const from = sender ?? 'an address that natroute does not know';
  const lost = answerLost ? '; its answer goes past this host, so no connection comes about' : '';
  switch (end.kind) {
    case 'guest':
      return `reaches guest ${end.guest} at ${showSocket(end.ip, end.port)}, which sees ${from}${lost}`;
    case 'host': {
      const listens = end.listening ? 'which is in `listens`' : 'which is not in `listens`';
      return `is delivered to the host itself at ${showSocket(end.ip, end.port)}, ${listens}`;
    }
    case 'outside': {
      const via = end.via === null ? '' : `, behind ${end.via.guest === null ? end.via.ip : `guest ${end.via.guest}`}`;
      return `leaves by ${end.by} to ${showSocket(end.ip, end.port)}${via} as ${from}${lost}`;
    }
    case 'nobody':
      return `reaches nobody: ${end.why}`;
    case 'dropped':
      return `is dropped: ${end.why}`;
    case 'unknowable':
      return `ends where natroute cannot tell: ${end.why}`;
    default:
      return end satisfies never;
  }
}

/** `guests/web.yaml:10` */
function showPosition(at: Position | null): string {
  return at === null ? '' : `  (${printable(at.file)}:${at.line})`;
}

function endLine(path: Path): StyledLine {
  const good =
    path.end.kind === 'guest' || path.end.kind === 'outside' || (path.end.kind === 'host' && path.end.listening);
  const style: Style = path.end.kind === 'unknowable' || path.answerLost ? 'warning' : good ? 'create' : 'delete';
  return [style, printable(`=> ${endText(path)}`)];
}

function conditionText({ assumptions }: Path): string {
  return assumptions
    .map(({ rule, assumed }) => printable(`if rule ${rule.index} of ${rule.chain} ${assumed}`))
    .join(', ');
}

/** Only what is new since the way told before it. */
function stepsAfter(before: readonly Step[], steps: readonly Step[]): readonly StyledLine[] {
  let same = 0;
  while (same < steps.length && sameStep(before[same], steps[same])) same++;
  const told = steps.slice(0, same).some((step) => step.kind !== 'hook');
  const known: readonly StyledLine[] = !told ? [] : [['faint', '(the same as above, up to here)']];
  return [...known, ...stepLines(steps.slice(same))];
}

function sameStep(a: Step | undefined, b: Step | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function stepLines(steps: readonly Step[]): readonly StyledLine[] {
  const lines: StyledLine[] = [];
  let chain = '';
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i];
    if (step === undefined) break;
    const own = chainOf(step);
    if (own !== null && own !== chain) lines.push(['strong', printable(own)]);
    // `back to` says it already.
    chain = step.kind === 'return' ? step.to : (own ?? chain);
    const misses = missesFrom(steps, i);
    if (misses > missesShown) {
      lines.push(['faint', `  ${misses} rules that do not match`]);
      i += misses - 1;
    } else lines.push(...stepLine(step));
  }
  return lines;
}

function chainOf(step: Step): string | null {
  switch (step.kind) {
    case 'rule':
      return step.rule.chain;
    case 'passed-over':
    case 'policy':
      return step.chain;
    case 'hook':
    case 'return':
    case 'route':
      return null;
    default:
      return step satisfies never;
  }
}

/** How many rules of one chain in a row do not match, from this step on. */
function missesFrom(steps: readonly Step[], from: number): number {
  const first = steps[from];
  let count = 0;
  for (let i = from; i < steps.length; i++) {
    const step = steps[i];
    if (step?.kind !== 'rule' || step.answer !== 'no' || first?.kind !== 'rule') break;
    if (step.rule.chain !== first.rule.chain) break;
    count++;
  }
  return count;
}

function stepLine(step: Step): readonly StyledLine[] {
  switch (step.kind) {
    case 'hook':
      return [];
    case 'passed-over': {
      const which = step.first === step.last ? String(step.first) : `${step.first}-${step.last}`;
      return [['faint', `  ${which.padEnd(5)} for other protocols or ports`]];
    }
    case 'return':
      return [['faint', printable(`  back to ${step.to}`)]];
    case 'policy':
      return [['faint', printable(`  policy ${step.policy}`)]];
    case 'route':
      return [['strong', printable(`routing: ${step.text}`)]];
    case 'rule':
      return ruleLines(step);
    default:
      return step satisfies never;
  }
}

function ruleLines({ rule, answer, why, effect }: Extract<Step, { kind: 'rule' }>): readonly StyledLine[] {
  const start = `  ${String(rule.index).padEnd(5)} `;
  const name = printable(ruleName(rule));
  const at = showPosition(rule.at);
  const edited = rule.edited ? ' (edited by hand)' : '';
  switch (answer) {
    case 'no':
      return [['faint', `${start}no       ${name}${edited}: needs ${printable(why ?? '')}${at}`]];
    case 'yes':
      return [[null, `${start}matches  ${name}${edited}${effect === null ? '' : `: ${printable(effect)}`}${at}`]];
    case 'unknown':
      return [
        ['warning', `${start}unknown  ${name}${edited}: ${printable(effect ?? 'assumed to match')}${at}`],
        ['faint', `        nobody can know ${printable(why ?? '')} from the nat table`],
      ];
    default:
      return answer satisfies never;
  }
}

/** Ours by what they are for, a stranger's by their text. */
function ruleName(rule: RulePlace): string {
  return rule.key ?? `foreign ${rule.text === '' ? '(every packet)' : rule.text}`;
}
