/** A rule's conditions from its text: the basics here, the matches by their names. */
import type { ParsedRule, RuleMatch, RuleOption } from '../nat/rule.ts';
import { isIn, parseMasked } from './ip.ts';
import { matchConditions } from './matches.ts';
import { not, yesIf, type Condition, type Flight } from './flight.ts';
import type { Answer, Interface } from './trace.ts';

/** In the order in which the rule says them; a condition that is not understood answers `unknown`. */
export function conditionsOf(rule: ParsedRule): readonly Condition[] {
  const conditions: Condition[] = rule.basics.map(basicCondition);
  for (const match of rule.matches) conditions.push(...conditionsOfMatch(match));
  if (rule.unknown.length > 0) conditions.push({ text: rule.unknown.join(' '), answer: () => 'unknown' });
  return conditions;
}

export function spellOption(option: RuleOption): string {
  return [...(option.negated ? ['!'] : []), option.name, ...option.values].join(' ');
}

function conditionsOfMatch(match: RuleMatch): readonly Condition[] {
  const known = matchConditions(match);
  if (known !== null) return known;
  const text = [`-m ${match.name}`, ...match.options.map(spellOption)].join(' ');
  return [{ text, answer: () => 'unknown' }];
}

function basicCondition(option: RuleOption): Condition {
  const text = spellOption(option);
  const ask = basicQuestion(option);
  if (ask === null) return { text, answer: () => 'unknown' };
  return { text, answer: (flight) => (option.negated ? not(ask(flight)) : ask(flight)) };
}

function basicQuestion({ name, values }: RuleOption): ((flight: Flight) => Answer) | null {
  const [value] = values;
  // `-f` asks for second and later fragments: a first packet's nat decision never sees one.
  if (name === '-f') return () => 'no';
  if (value === undefined || values.length !== 1) return null;
  switch (name) {
    case '-s': {
      const masked = parseMasked(value);
      return masked === null ? null : (flight) => yesIf(isIn(flight.source, masked));
    }
    case '-d': {
      const masked = parseMasked(value);
      return masked === null ? null : (flight) => yesIf(isIn(flight.destination, masked));
    }
    case '-i':
      return (flight) => hasName(flight.in, value);
    case '-o':
      return (flight) => hasName(flight.out, value);
    case '-p':
      return (flight) =>
        yesIf(protocolNumber(value) === 'all' || protocolNumber(value) === protocolNumber(flight.protocol));
    default:
      return null;
  }
}

const numbers: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '132': 'sctp', '0': 'all' };

/** One spelling for each protocol that a packet of ours can have; any other is another protocol anyway. */
export function protocolNumber(spelled: string): string {
  return numbers[spelled] ?? spelled;
}

/** `eth+` is every name that begins so; a hook without that interface has the empty name. */
function hasName(one: Interface | null, pattern: string): Answer {
  const wildcard = pattern.endsWith('+');
  const wanted = wildcard ? pattern.slice(0, -1) : pattern;
  if (one === null) return yesIf(wildcard && wanted === '');
  if (one.whole) return yesIf(wildcard ? one.name.startsWith(wanted) : one.name === wanted);
  if (wildcard && one.name.startsWith(wanted)) return 'yes';
  if (!wanted.startsWith(one.name)) return 'no';
  return !wildcard && one.not.includes(wanted) ? 'no' : 'unknown';
}
