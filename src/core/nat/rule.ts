/**
 * Takes a saved rule's text apart: matches in order, negation, the jump and its options. What is not
 * understood stays as tokens. Also the way back: how iptables-save quotes a comment.
 */

export interface RuleOption {
  readonly negated: boolean;
  /** With its dashes: `-s`, `--dport`. */
  readonly name: string;
  readonly values: readonly string[];
}

export interface RuleMatch {
  /** `comment`, `tcp`, `conntrack`... */
  readonly name: string;
  readonly options: readonly RuleOption[];
}

export interface RuleJump {
  readonly kind: 'jump' | 'goto';
  readonly to: string;
  readonly options: readonly RuleOption[];
}

export interface ParsedRule {
  /** `-s -d -i -o -p -f -4 -6`, in the order printed. */
  readonly basics: readonly RuleOption[];
  /** In the order printed. */
  readonly matches: readonly RuleMatch[];
  /** Null for a rule that only counts. */
  readonly jump: RuleJump | null;
  /** Tokens that stand where no known thing may; never empty-handed: meaning needs this to be []. */
  readonly unknown: readonly string[];
}

const basicNames = new Set(['-s', '-d', '-i', '-o', '-p', '-f']);

/** Parses what follows `-A CHAIN `; never throws. */
export function parseRule(text: string): ParsedRule {
  const basics: RuleOption[] = [];
  const matches: { name: string; options: RuleOption[] }[] = [];
  const unknown: string[] = [];
  let jump: { kind: 'jump' | 'goto'; to: string; options: RuleOption[] } | null = null;
  let options: RuleOption[] | null = null;
  const tokens = tokenize(text);
  let at = 0;
  while (at < tokens.length) {
    const negated = tokens[at]?.text === '!' && tokens[at]?.quoted === false;
    if (negated) at++;
    const token = tokens[at];
    if (token === undefined) {
      unknown.push('!');
      break;
    }
    const name = token.text;
    const isOption = !token.quoted && name.startsWith('-');
    const next = at + 1;
    const values: string[] = [];
    if (isOption) for (let i = next; i < tokens.length && isValue(tokens[i]); i++) values.push(tokens[i]?.text ?? '');
    at = next + values.length;
    const value = values[0];
    if (!isOption) {
      unknown.push(name);
    } else if (name === '-m' && !negated && value !== undefined && values.length === 1 && jump === null) {
      options = [];
      matches.push({ name: value, options });
    } else if ((name === '-j' || name === '-g') && !negated && value !== undefined && jump === null) {
      options = [];
      jump = { kind: name === '-j' ? 'jump' : 'goto', to: value, options };
      unknown.push(...values.slice(1));
    } else if (basicNames.has(name) && options === null) {
      basics.push({ negated, name, values });
    } else if (options !== null && name.startsWith('--')) {
      options.push({ negated, name, values });
    } else {
      unknown.push(name, ...values);
    }
  }
  return { basics, matches, jump, unknown };
}

/** The comment's text, null where the rule has none; the first where there are several. */
export function commentOf(text: string): string | null {
  const at = text.indexOf('--comment ');
  if (at === -1) return null;
  const quote = text.indexOf('"');
  if (quote !== -1 && quote < at) {
    // The word may stand inside another quoted value: only the tokenizer knows.
    const tokens = tokenize(text);
    const index = tokens.findIndex((token) => token.text === '--comment' && !token.quoted);
    return index === -1 ? null : (tokens[index + 1]?.text ?? null);
  }
  const start = at + '--comment '.length;
  const isQuoted = text[start] === '"';
  const end = text.indexOf(isQuoted ? '"' : ' ', start + 1);
  const value = text.slice(isQuoted ? start + 1 : start, end === -1 ? undefined : end);
  return isQuoted && value.includes('\\') ? (tokenize(text.slice(start))[0]?.text ?? null) : value;
}

/** The chain or target that the rule jumps or goes to; null for a rule that only counts. */
export function jumpOf(text: string): string | null {
  if (!text.includes('-j ') && !text.includes('-g ')) return null;
  return parseRule(text).jump?.to ?? null;
}

/** A value as iptables-save prints it: bare where only plain characters occur, else quoted with backslashes. */
export function quoteValue(value: string): string {
  return /^[A-Za-z0-9_-]+$/.test(value) ? value : `"${value.replace(/["'\\]/g, '\\$&')}"`;
}

interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

// An option's value may be a negative number, but no known match prints one that starts a word with two dashes.
function isValue(token: Token | undefined): boolean {
  if (token === undefined) return false;
  return token.quoted || (token.text !== '!' && !/^-[-A-Za-z]/.test(token.text));
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ' ' || text[at] === '\n' || text[at] === '\t') {
      at++;
      continue;
    }
    if (text[at] !== '"') {
      const start = at;
      while (at < text.length && text[at] !== ' ') at++;
      tokens.push({ text: text.slice(start, at), quoted: false });
      continue;
    }
    let value = '';
    at++;
    while (at < text.length && text[at] !== '"') {
      if (text[at] === '\\' && at + 1 < text.length) at++;
      value += text[at] ?? '';
      at++;
    }
    at++;
    tokens.push({ text: value, quoted: true });
  }
  return tokens;
}
