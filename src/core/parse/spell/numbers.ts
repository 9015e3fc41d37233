/** Numbers by their source text: decimal digits only, so that every YAML tool and every person reads the same. */
import { quoted } from '../visible.ts';
import { wrong } from './spelled.ts';
import type { Spelled } from './spelled.ts';

const canonical = /^(0|[1-9][0-9]*)$/;
const number = /^[-+]?[0-9][0-9_]*$/;
const otherBases = /^[-+]?0[xXoObB][0-9a-fA-F_]+$/;
const scientific = /^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$/;

/** Whether a person meant a number, however it is spelled. */
export function looksLikeNumber(text: string): boolean {
  return number.test(text) || otherBases.test(text) || scientific.test(text);
}

/** A whole number from 0 as it is written; problem `number-spelling` for every other spelling of a number. */
export function spellNumber(text: string): Spelled<number> {
  if (!canonical.test(text))
    return wrong('number-spelling', `${quoted(text)} is not a number in plain decimal digits`, spellingHelp(text));
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    return wrong('wrong-value', `${quoted(text)} is too large for a number`, 'write a smaller number');
  return { value };
}

function spellingHelp(text: string): string {
  if (/^[-+]?0[0-9]+$/.test(text)) {
    const plain = text.replace(/^[-+]?0+(?=[0-9])/, '');
    return `write ${plain}: with a zero in front some tools read it as an octal number, others do not`;
  }
  if (otherBases.test(text)) {
    const meant = Number(text.replace(/[-+_]/g, '').toLowerCase());
    return Number.isSafeInteger(meant) ? `write ${meant}` : 'write it in decimal digits';
  }
  if (/^\+[1-9][0-9]*$/.test(text)) return `write ${text.slice(1)}`;
  if (/^[0-9][0-9_]*$/.test(text)) return `write ${text.replaceAll('_', '')}`;
  if (scientific.test(text)) {
    const meant = Number(text);
    if (Number.isSafeInteger(meant) && meant >= 0) return `write ${meant}`;
  }
  return 'write a whole number in decimal digits, without sign, dot or exponent';
}
