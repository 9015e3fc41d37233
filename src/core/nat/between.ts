/** What somebody changed between two looks at a nat table, in words: for the message of a pass that could not win. */

const linesShown = 3;

/** `-A PREROUTING -j RETURN was added; ...`, from two texts as tableText makes them; null where they are the same. */
export function changedBetween(before: string, after: string): string | null {
  if (before === after) return null;
  const said = [
    ...without(after, before).map((line) => `${line} was added`),
    ...without(before, after).map((line) => `${line} was removed`),
  ];
  if (said.length === 0) return 'the order of rules was changed';
  const more = said.length - linesShown;
  return said.slice(0, linesShown).join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/** The lines of `text` that `other` has not as often, rules before chains. */
function without(text: string, other: string): readonly string[] {
  const count = new Map<string, number>();
  for (const line of other.split('\n')) count.set(line, (count.get(line) ?? 0) + 1);
  const extra = text.split('\n').filter((line) => {
    const left = (count.get(line) ?? 0) - 1;
    count.set(line, left);
    return left < 0;
  });
  const chains = extra.flatMap((line) => (line.startsWith(':') ? [`chain ${line.slice(1)}`.replace(/ -$/, '')] : []));
  return [...extra.filter((line) => line.startsWith('-')), ...chains];
}
