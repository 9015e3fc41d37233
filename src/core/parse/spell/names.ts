/** Names that people give: safe in a shell, in iptables comments and chains, in file names, and never mistaken for an IP. */
import { charactersOf, quoted } from '../visible.ts';
import { wrong } from './spelled.ts';
import type { Problem, Spelled } from './spelled.ts';

export type NameKind = 'address' | 'network' | 'group' | 'guest' | 'host';

/** What a name of each kind may look like. An address's chain is `NR-A-` and its name, 28 characters in all. */
const kinds: Readonly<
  Record<NameKind, { most: number; characters: RegExp; words: string; reserved: readonly string[] }>
> = {
  address: {
    most: 23,
    characters: /^[a-z0-9_-]$/,
    words: 'small letters, digits, - and _',
    reserved: ['masquerade', 'none', 'internet', 'host', 'nothing', 'gateway'],
  },
  network: {
    most: 32,
    characters: /^[a-z0-9_-]$/,
    words: 'small letters, digits, - and _',
    reserved: ['internet', 'host', 'nothing', 'gateway'],
  },
  group: {
    most: 32,
    characters: /^[a-z0-9_-]$/,
    words: 'small letters, digits, - and _',
    reserved: ['internet', 'host', 'nothing', 'gateway'],
  },
  guest: {
    most: 63,
    characters: /^[A-Za-z0-9._-]$/,
    words: 'letters, digits, - _ and .',
    reserved: ['internet', 'host', 'nothing', 'gateway', 'dom0', 'domain-0'],
  },
  host: { most: 63, characters: /^[A-Za-z0-9._-]$/, words: 'letters, digits, - _ and .', reserved: [] },
};

/** Problem `name`. */
export function spellName(kind: NameKind, text: string): Spelled<string> {
  const problem = nameProblem(kind, text);
  return problem === null ? { value: text } : { problem };
}

function nameProblem(kind: NameKind, text: string): Problem | null {
  const rule = kinds[kind];
  const help = `${article(kind)} ${kind}'s name has ${rule.words}, at most ${rule.most} of them`;
  const problem = (message: string, more: string = help): Problem => ({ code: 'name', message, help: more });
  if (text === '') return problem(`${article(kind)} ${kind} has an empty name`);
  const bad = charactersOf(text).find((c) => !rule.characters.test(c));
  if (bad !== undefined) {
    const lower = text.toLowerCase();
    const fits = lower !== text && charactersOf(lower).every((c) => rule.characters.test(c));
    return problem(`${quoted(text)} has ${quoted(bad)} in its name`, fits ? `write ${lower}` : help);
  }
  if (text.length > rule.most) return problem(`${quoted(text)} has ${text.length} characters`);
  if (!/^[A-Za-z0-9].*[A-Za-z0-9]$|^[A-Za-z0-9]$/.test(text))
    return problem(`${quoted(text)} must begin and end with a letter or digit`);
  if (text.includes('..')) return problem(`${quoted(text)} has two dots in a row`);
  if (!/[A-Za-z]/.test(text))
    return problem(
      `${quoted(text)} has no letter`,
      'a name needs a letter, so that nobody takes it for a number or an IP',
    );
  if (rule.reserved.includes(text.toLowerCase()))
    return problem(`${quoted(text)} already has a meaning of its own`, `choose another name for the ${kind}`);
  return null;
}

function article(kind: NameKind): string {
  return kind === 'address' ? 'an' : 'a';
}

/** A name by which others refer to something: only its shape; whether it exists is for later. */
export function spellSnat(text: string): Spelled<string> {
  if (text === 'masquerade' || text === 'none') return { value: text };
  return spellName('address', text);
}

/** A Linux network interface; problem `name`. The kernel takes 15 bytes; `+` is a wildcard in iptables. */
export function spellInterface(text: string): Spelled<string> {
  const help = 'write an interface as `ip link` shows it, at most 15 letters, digits, - _ and .';
  if (text.length > 15)
    return wrong('name', `${quoted(text)} is too long for an interface: ${text.length} characters`, help);
  if (!/^[A-Za-z0-9]([A-Za-z0-9._-]*)$/.test(text) || text.includes('..'))
    return wrong('name', `${quoted(text)} is not the name of an interface`, help);
  if (['all', 'default', 'lo'].includes(text))
    return wrong('name', `${quoted(text)} cannot stand for an interface here`, help);
  return { value: text };
}
