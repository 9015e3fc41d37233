/** The JSON of the questions to the ledger, as schemas/output has it. */
import type { Opening } from '../core/ledger/openings.ts';
import type { AtFacts } from '../core/views/at.ts';
import type { BlameFacts } from '../core/views/blame.ts';
import type { VerificationFacts } from '../core/views/verify.ts';
import type { LedgerStep } from '../model/record.ts';

/** A step without the rules that it moved. */
function entryJson(step: LedgerStep | null): object | null {
  if (step === null) return null;
  const { at, cause, outcome, desired, generation, actor } = step.heading;
  return { id: step.id, at, cause, outcome, desired, generation, actor };
}

export function openingJson(opening: Opening): object {
  const { began, brought, end, ...way } = opening;
  return {
    ...way,
    from: began.heading.at,
    to: end?.at ?? null,
    target: way.to,
    opened: entryJson(began),
    brought: entryJson(brought),
    ended: end === null ? null : { why: end.why, text: end.text, entry: entryJson(end.entry) },
  };
}

export function atJson({ host, timezone, time, entry, begins, open, nat }: AtFacts, rules: boolean): object {
  return {
    ...{ host, timezone, begins, entry },
    at: time.toISOString(),
    open: open.map(openingJson),
    rules: rules && entry !== null ? nat : null,
  };
}

export function blameJson({ host, from, note, newest, rules, missing }: BlameFacts): object {
  const rule = ({ text, began, brought, ...rest }: BlameFacts['rules'][number]): object => ({
    ...rest,
    rule: text,
    commit: brought?.heading.desired ?? null,
    applied: entryJson(brought),
    since: entryJson(began),
  });
  return { host, from, note, newest: entryJson(newest), rules: rules.map(rule), missing: missing.map(rule) };
}

export function verificationJson({ first, last, ...rest }: VerificationFacts): object {
  return { ...rest, first: entryJson(first), last: entryJson(last) };
}
