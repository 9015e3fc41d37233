/**
 * The matches whose answer follows from the packet, the host and the time. Any other (mark, owner, recent, statistic,
 * set, limit...) asks for what the nat table does not tell.
 */
import type { RuleMatch, RuleOption } from '../nat/rule.ts';
import { compareIps, isIn, parseIp, parseMasked, type Ip } from './ip.ts';
import { any, isTurned, not, yesIf, type Condition, type Flight, type Surroundings } from './flight.ts';
import { timeCondition } from './match-time.ts';
import { parsePortRanges, type PortRange } from './ports.ts';
import type { Answer } from './trace.ts';

type Question = (flight: Flight, around: Surroundings) => Answer;

/** One condition for each option; null for a match that is not known. */
export function matchConditions(match: RuleMatch): readonly Condition[] | null {
  switch (match.name) {
    case 'comment':
      return [];
    case 'time':
      return [timeCondition(match)];
    case 'owner':
      return [ownerCondition(match)];
    case 'tcp':
    case 'udp':
    case 'sctp':
      return spelled(match, (option) => transportQuestion(match.name, option));
    case 'multiport':
      return spelled(match, multiportQuestion);
    case 'conntrack':
    case 'state':
      return spelled(match, conntrackQuestion);
    case 'addrtype':
      return match.options.some((option) => option.name.startsWith('--limit'))
        ? null
        : spelled(match, addrtypeQuestion);
    case 'iprange':
      return spelled(match, iprangeQuestion);
    default:
      return null;
  }
}

function spelled(match: RuleMatch, questionOf: (option: RuleOption) => Question | null): readonly Condition[] {
  // A match without options still asks for its protocol, which `-p` asks for before it.
  return match.options.map((option) => {
    const text = [...(option.negated ? ['!'] : []), option.name, ...option.values].join(' ');
    const ask = questionOf(option);
    if (ask === null) return { text: `-m ${match.name} ${text}`, answer: () => 'unknown' };
    return { text, answer: (flight, around) => (option.negated ? not(ask(flight, around)) : ask(flight, around)) };
  });
}

function transportQuestion(protocol: string, { name, values }: RuleOption): Question | null {
  const [value] = values;
  switch (name) {
    case '--dport':
    case '--destination-port': {
      const ranges = parsePortRanges(value);
      return ranges === null ? null : (flight) => yesIf(flight.protocol === protocol && includes(ranges, flight.port));
    }
    case '--sport':
    case '--source-port': {
      const ranges = parsePortRanges(value);
      return ranges === null ? null : (flight) => (flight.protocol === protocol ? sourcePortIn(ranges, flight) : 'no');
    }
    case '--syn':
      return (flight) => yesIf(flight.protocol === 'tcp');
    case '--tcp-flags': {
      // The first packet of a TCP connection carries SYN alone of the flags that can be asked for.
      const [mask = '', set = ''] = values;
      const asked = mask === 'ALL' ? ['SYN'] : mask.split(',');
      const wanted = set === 'NONE' ? [] : set.split(',');
      const holds = wanted.every((flag) => flag === 'SYN') && asked.includes('SYN') === wanted.includes('SYN');
      return values.length === 2 ? (flight) => yesIf(flight.protocol === 'tcp' && holds) : null;
    }
    default:
      return null;
  }
}

function multiportQuestion({ name, values }: RuleOption): Question | null {
  const ranges = parsePortRanges(values[0]);
  if (ranges === null) return null;
  switch (name) {
    case '--dports':
      return (flight) => yesIf(includes(ranges, flight.port));
    case '--sports':
      return (flight) => sourcePortIn(ranges, flight);
    case '--ports':
      return (flight) => any([yesIf(includes(ranges, flight.port)), sourcePortIn(ranges, flight)]);
    default:
      return null;
  }
}

/** What conntrack knows of a connection whose first packet is on its way. */
function conntrackQuestion({ name, values }: RuleOption): Question | null {
  const [value = ''] = values;
  switch (name) {
    case '--ctstate':
    case '--state': {
      const states = value.split(',');
      return (flight) => yesIf(states.includes('NEW') || (states.includes('DNAT') && isTurned(flight)));
    }
    case '--ctstatus':
      return () => 'no';
    case '--ctdir':
      return () => yesIf(value === 'ORIGINAL');
    case '--ctproto': {
      const wanted = { '6': 'tcp', '17': 'udp', '132': 'sctp' }[value] ?? value;
      return (flight) => yesIf(flight.protocol === wanted);
    }
    case '--ctorigsrc':
      return within(value, (flight) => flight.sent.source);
    case '--ctorigdst':
      return within(value, (flight) => flight.sent.destination);
    case '--ctreplsrc':
      return within(value, (flight) => flight.destination);
    case '--ctrepldst':
      return within(value, (flight) => flight.source);
    case '--ctorigdstport':
      return portsAre(value, (flight) => flight.sent.port);
    case '--ctreplsrcport':
      return portsAre(value, (flight) => flight.port);
    case '--ctorigsrcport':
    case '--ctrepldstport': {
      const ranges = parsePortRanges(value);
      return ranges === null ? null : (flight) => sourcePortIn(ranges, flight);
    }
    default:
      return null;
  }
}

function within(text: string, pick: (flight: Flight) => Ip): Question | null {
  const masked = parseMasked(text);
  return masked === null ? null : (flight) => yesIf(isIn(pick(flight), masked));
}

function portsAre(text: string, pick: (flight: Flight) => number): Question | null {
  const ranges = parsePortRanges(text);
  return ranges === null ? null : (flight) => yesIf(includes(ranges, pick(flight)));
}

function addrtypeQuestion({ name, values }: RuleOption): Question | null {
  const types = (values[0] ?? '').split(',');
  if (name !== '--dst-type' && name !== '--src-type') return null;
  return (flight, around) => {
    const ip = name === '--dst-type' ? flight.destination : flight.source;
    const answers = types.map((type) => hasType(ip, type, around));
    // In IPv6 the kernel asks for all of a list at once (match_type6 in xt_addrtype.c).
    return ip.family === 'v4' ? any(answers) : not(any(answers.map(not)));
  };
}

function hasType(ip: Ip, type: string, around: Surroundings): Answer {
  const first = ip.words[0] ?? 0;
  const multicast = ip.family === 'v4' ? first >>> 28 === 0xe : first >>> 24 === 0xff;
  const broadcast = around.isBroadcast(ip);
  const local = around.isLocal(ip);
  switch (type) {
    case 'LOCAL':
      return yesIf(local);
    case 'MULTICAST':
      return yesIf(multicast);
    case 'BROADCAST':
      return yesIf(broadcast);
    case 'UNICAST':
      return yesIf(!multicast && (ip.family === 'v6' || (!local && !broadcast)));
    default:
      return 'unknown';
  }
}

function iprangeQuestion({ name, values }: RuleOption): Question | null {
  const [low, high] = (values[0] ?? '').split('-');
  const first = parseIp(low ?? '');
  const last = parseIp(high ?? low ?? '');
  if (first === null || last === null || (name !== '--src-range' && name !== '--dst-range')) return null;
  return (flight) => {
    const ip = name === '--src-range' ? flight.source : flight.destination;
    return yesIf(ip.family === first.family && compareIps(first, ip) <= 0 && compareIps(ip, last) <= 0);
  };
}

/** A packet that the host only passes on has no owner: then the match holds only where all that it asks is negated. */
function ownerCondition(match: RuleMatch): Condition {
  const text = [`-m owner`, ...match.options.flatMap((o) => [...(o.negated ? ['!'] : []), o.name, ...o.values])].join(
    ' ',
  );
  const ofNobody = yesIf(match.options.every((option) => option.negated));
  return { text, answer: (flight) => (flight.local ? 'unknown' : ofNobody) };
}

function includes(ranges: readonly PortRange[], port: number): boolean {
  return ranges.some(({ first, last }) => first <= port && port <= last);
}

function sourcePortIn(ranges: readonly PortRange[], { sourcePort }: Flight): Answer {
  if (sourcePort !== null) return yesIf(includes(ranges, sourcePort));
  return ranges.some(({ first, last }) => first <= 1 && last === 65_535) ? 'yes' : 'unknown';
}
