/** One hook of the nat table: chains, jumps, gotos and returns until a rule or the policy decides. */
import { limits } from '../../model/limits.ts';
import { translate, type Translated } from './translate.ts';
import type { Choices } from './choices.ts';
import type { Condition, Flight, Surroundings } from './flight.ts';
import type { Jump } from './jump.ts';
import { showIp } from './ip.ts';
import type { RuleMeaning, TraceChain, TraceRule, TraceTable } from './table.ts';
import type { Answer, Hook, Step } from './trace.ts';
import { isBroadcast, isLocal, type TraceWorld } from './world.ts';

export interface Run {
  readonly world: TraceWorld;
  readonly table: TraceTable;
  readonly choices: Choices;
  readonly steps: Step[];
  /** Rules met so far. */
  met: number;
}

interface Frame {
  readonly chain: TraceChain;
  readonly rules: readonly TraceRule[];
  next: number;
  /** The last rule, by its index in the chain, that the steps tell of. */
  told: number;
}

/** The packet as it goes on, with the sender's IP as the end will see it; or its end. */
export function runHook(run: Run, flight: Flight): Translated {
  const unchanged: Translated = { flight, sender: showIp(flight.source) };
  const base = run.table.chain(flight.hook);
  // Without a table, or without this chain in it, nothing is translated.
  if (base === null) return unchanged;
  run.steps.push({ kind: 'hook', hook: flight.hook });
  const around = surroundings(run.world);
  const stack: Frame[] = [enter(base, flight)];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const rule = frame.rules[frame.next++];
    if (rule === undefined) {
      passOver(run, frame, frame.chain.size + 1);
      goBack(run, stack);
      continue;
    }
    if (++run.met > limits.traceRules) return circles();
    passOver(run, frame, rule.place.index);
    frame.told = rule.place.index;
    const outcome = meet(run, rule, { flight, around, stack });
    if (outcome !== null) return outcome === 'accepted' ? unchanged : outcome;
  }
  return policy(run, base, flight.hook) ?? unchanged;
}

interface Meeting {
  readonly flight: Flight;
  readonly around: Surroundings;
  readonly stack: Frame[];
}

/** Null where the packet goes on to the next rule. */
function meet(run: Run, rule: TraceRule, { flight, around, stack }: Meeting): Translated | 'accepted' | null {
  const { conditions, jump } = rule.meaning();
  const { answer, why } = ask(conditions, flight, around);
  const step = (effect: string | null): void =>
    void run.steps.push({ kind: 'rule', rule: rule.place, answer, why, effect });
  if (answer === 'no') {
    step(null);
    return null;
  }
  if (answer === 'unknown') {
    if (isHarmless(run.table, jump)) {
      step('changes nothing either way');
      return null;
    }
    if (run.choices.pick(rule.place, ['matches', 'does not match']) === 1) {
      step('assumed not to match');
      return null;
    }
  }
  return follow(run, { jump, place: rule.place }, { flight, stack, step });
}

interface Following {
  readonly flight: Flight;
  readonly stack: Frame[];
  readonly step: (effect: string | null) => void;
}

function follow(
  run: Run,
  { jump, place }: Pick<RuleMeaning, 'jump'> & Pick<TraceRule, 'place'>,
  { flight, stack, step }: Following,
): Translated | 'accepted' | null {
  switch (jump.kind) {
    case 'nothing':
      step(null);
      return null;
    case 'accept':
      step('ACCEPT: stays as it is here');
      return 'accepted';
    case 'drop':
      step('DROP');
      return { end: { kind: 'dropped', why: `rule ${place.index} of ${place.chain} drops it` } };
    case 'return':
      step('RETURN');
      goBack(run, stack);
      return null;
    case 'chain': {
      const chain = run.table.chain(jump.chain);
      if (chain === null) throw new Error(`a chain that is in the table is not: ${jump.chain}`);
      step(jump.goto ? `goes on in ${jump.chain}` : `to ${jump.chain}`);
      if (stack.length >= limits.traceDepth) return circles();
      if (jump.goto) stack.pop();
      stack.push(enter(chain, flight));
      return null;
    }
    case 'unknown':
      step(jump.target);
      return { end: { kind: 'unknowable', why: `natroute does not know what ${jump.target} does to a packet here` } };
    case 'destination':
    case 'redirect':
    case 'source':
    case 'masquerade':
    case 'netmap': {
      const translated = translate(run, flight, { jump, place });
      step(translated.effect);
      return translated.outcome;
    }
    default:
      return jump satisfies never;
  }
}

function isHarmless(table: TraceTable, jump: Jump): boolean {
  if (jump.kind === 'nothing') return true;
  return jump.kind === 'chain' && !jump.goto && table.chain(jump.chain)?.isHarmless() === true;
}

/** The first condition that does not hold decides; one that is unknown only if none fails. */
function ask(
  conditions: readonly Condition[],
  flight: Flight,
  around: Surroundings,
): { readonly answer: Answer; readonly why: string | null } {
  let unknown: string | null = null;
  for (const condition of conditions) {
    const answer = condition.answer(flight, around);
    if (answer === 'no') return { answer, why: condition.text };
    if (answer === 'unknown') unknown ??= condition.text;
  }
  return unknown === null ? { answer: 'yes', why: null } : { answer: 'unknown', why: unknown };
}

function enter(chain: TraceChain, flight: Flight): Frame {
  return { chain, rules: chain.rulesFor(flight.protocol, flight.port), next: 0, told: 0 };
}

/** Tells of the rules between the last one told and `index`, which the packet's protocol and port rule out. */
function passOver(run: Run, frame: Frame, index: number): void {
  if (index <= frame.told + 1) return;
  run.steps.push({ kind: 'passed-over', chain: frame.chain.name, first: frame.told + 1, last: index - 1 });
  frame.told = index - 1;
}

function goBack(run: Run, stack: Frame[]): void {
  const left = stack.pop();
  const back = stack.at(-1);
  if (left !== undefined && back !== undefined) {
    run.steps.push({ kind: 'return', chain: left.chain.name, to: back.chain.name });
  }
}

function policy(run: Run, base: TraceChain, hook: Hook): Translated | null {
  const name = base.policy ?? 'ACCEPT';
  run.steps.push({ kind: 'policy', chain: hook, policy: name });
  if (name === 'ACCEPT') return null;
  if (name === 'DROP') return { end: { kind: 'dropped', why: `the policy of ${hook} is DROP` } };
  return { end: { kind: 'unknowable', why: `natroute does not know the policy ${name}` } };
}

function circles(): Translated {
  return { end: { kind: 'unknowable', why: 'the rules lead on and on; no kernel would take them' } };
}

function surroundings(world: TraceWorld): Surroundings {
  return {
    now: world.now,
    isLocal: (ip) => isLocal(world, ip),
    isBroadcast: (ip) => isBroadcast(world, ip),
  };
}
