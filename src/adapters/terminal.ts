/** The person at the terminal: asked, never assumed. */
import { createInterface } from 'node:readline';

/** Only `y` or `yes` is yes; the end of the input (Ctrl-D) and Ctrl-C are no. */
export function askOnTerminal(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  return new Promise((resolve) => {
    let answered = false;
    lines.once('close', () => {
      if (!answered) process.stdout.write('\n');
      resolve(false);
    });
    lines.question(`${question} [y/N] `, (answer) => {
      answered = true;
      resolve(/^\s*y(es)?\s*$/i.test(answer));
      lines.close();
    });
  });
}
