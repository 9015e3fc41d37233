/** Colour as an argument: views say what a piece of text is, the command line decides whether that shows. */

export type Style = 'create' | 'update' | 'delete' | 'warning' | 'error' | 'strong' | 'faint';
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_style, text) => text;

const codes: Readonly<Record<Style, string>> = {
  create: '32',
  update: '33',
  delete: '31',
  warning: '33',
  error: '31;1',
  strong: '1',
  faint: '2',
};

export const coloured: Paint = (style, text) => `\u001b[${codes[style]}m${text}\u001b[0m`;

/** A text of several lines, each made fit by `printable`. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** Text from outside (commit subjects, foreign rules, descriptions) can neither move the cursor nor forge a line. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
