/**
 * A chain's rules as the lines by which save and restore know them. Rules never change once they are read or made, and
 * from pass to pass most chains hold the very same ones: their lines are made once and kept as long as the rules are.
 */
import { placeOf, type TableName } from './tables.ts';

/** A rule's text is what follows `-A CHAIN `. */
type Rules = readonly { readonly text: string }[];

interface Lines {
  readonly chain: string;
  readonly text: string;
  /** Whether each line is one rule: a comment may hold a newline. */
  readonly plain: boolean;
}

const made = new WeakMap<Rules, Lines>();

/** `-A NAME TEXT` and a newline for each rule; a chain of the filter table goes by its own name. */
export function linesOf(chain: string, rules: Rules): string {
  return madeOf(chain, rules).text;
}

/** Whether both hold the same texts in the same order, as rules of that chain. */
export function sameRules(chain: string, one: Rules, other: Rules): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  const [first, second] = [madeOf(chain, one), madeOf(chain, other)];
  if (first.text !== second.text) return false;
  return (first.plain && second.plain) || one.every(({ text }, i) => text === other[i]?.text);
}

function madeOf(chain: string, rules: Rules): Lines {
  const known = made.get(rules);
  if (known?.chain === chain) return known;
  const prefix = `-A ${placeOf(chain).name} `;
  const text = rules.map((rule) => `${prefix}${rule.text}\n`).join('');
  const lines = { chain, text, plain: rules.every((rule) => !rule.text.includes('\n')) };
  made.set(rules, lines);
  return lines;
}

/** The rules of these chains, table by table, each between the lines of `begin` and of `end`; '' for a table without lines. */
export function sectionsOf(
  chains: readonly { readonly name: string; readonly rules: Rules }[],
  begin: Readonly<Record<TableName, readonly string[]>>,
  end: Readonly<Record<TableName, readonly string[]>> = { nat: [], filter: [] },
): string {
  const section = (table: TableName): string => {
    // Put together by `+`, so that a text that nobody reads is never copied.
    let text = '';
    for (const line of begin[table]) text += `${line}\n`;
    for (const { name, rules } of chains) if (placeOf(name).table === table) text += linesOf(name, rules);
    for (const line of end[table]) text += `${line}\n`;
    return text === '' ? '' : `*${table}\n${text}COMMIT\n`;
  };
  return section('nat') + section('filter');
}
