/** The tour's only way to print: a line comes after what it says was seen to be true. */

/** Something was not as expected; carries what was expected and what came. */
export class Disappointment extends Error {
  override readonly name = 'Disappointment';
  readonly expected: string;
  readonly came: string;

  constructor(expected: string, came: string) {
    super(`expected ${expected}, came ${came}`);
    this.expected = expected;
    this.came = came;
  }
}

/** Throws a Disappointment unless `came` is `expected`. */
export function same(what: string, came: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(came), JSON.stringify(expected)];
  if (one !== other) throw new Disappointment(`${what}: ${other}`, one);
}

/** Throws a Disappointment with all differences, one a line. */
export function none(differences: readonly string[]): void {
  if (differences.length > 0) throw new Disappointment('no difference', differences.join('\n  '));
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks again and again until `look` gives something other than null; that, and the milliseconds it took. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null> | T | null,
  { withinMs, everyMs }: { readonly withinMs: number; readonly everyMs: number },
): Promise<{ readonly seen: T; readonly ms: number }> {
  const started = performance.now();
  for (;;) {
    const seen = await look();
    const ms = performance.now() - started;
    if (seen !== null) return { seen, ms };
    if (ms > withinMs) throw new Disappointment(`${what} within ${withinMs / 1000} s`, 'nothing of the kind');
    await pause(everyMs);
  }
}

/** A heading for the checks that follow. */
export function heading(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

/** One line, after its check. */
export function checked(text: string): void {
  process.stdout.write(`  ok  ${text}\n`);
}
