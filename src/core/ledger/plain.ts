/** Text from outside made fit for one line of a commit message: nothing in it can start a new line or draw on a terminal. */

// Controls, line and paragraph separators, and the marks that turn the direction of what follows.
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+/g;

/** At most `most` UTF-16 units, with `...` where it was cut. */
export function oneLine(text: string, most: number): string {
  const line = text.replace(unprintable, ' ').replace(/ {2,}/g, ' ').trim();
  if (line.length <= most) return line;
  // A pair of units that the cut splits would be no character at all.
  const kept = line.slice(0, most - 3).replace(/[\ud800-\udbff]$/, '');
  return `${kept.trimEnd()}...`;
}
