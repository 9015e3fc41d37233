/** What the YAML library refuses, in words that say what to do. */
import type { ErrorCode, YAMLError } from 'yaml';
import type { Problem } from './spell/spelled.ts';

const syntax = (message: string, help: string): Problem => ({ code: 'yaml-syntax', message, help });

export const aliasProblem = (what: string): Problem => ({
  code: 'yaml-alias',
  message: `${what} is not taken`,
  help: 'write the value out where it is needed; quote a text that begins with & or *',
});

export const tagProblem: Problem = {
  code: 'yaml-tag',
  message: 'tags (words with !) are not taken',
  help: 'remove the tag; quote a text that begins with !',
};

export const directiveProblem: Problem = {
  code: 'yaml-tag',
  message: 'directives (lines that begin with %) are not taken',
  help: 'remove the line',
};

export const manyDocuments: Problem = syntax(
  'a second document begins here',
  'a file holds one document: remove the line --- or ... and what does not belong here',
);

const noKey = syntax(
  'a key cannot stand here',
  'a text with a colon in it needs quotes; the keys of one map begin in the same column',
);

/** The commonest slips; the others are told in the library's own words. */
const sentences: Readonly<Partial<Record<ErrorCode, Problem>>> = {
  MULTIPLE_DOCS: manyDocuments,
  BAD_INDENT: syntax(
    'the indentation is wrong here',
    'line it up with the lines that it belongs to, and close all brackets',
  ),
  TAB_AS_INDENT: syntax('a tab is used to indent', 'YAML is indented with blanks only'),
  BLOCK_AS_IMPLICIT_KEY: noKey,
  MULTILINE_IMPLICIT_KEY: noKey,
  BAD_DQ_ESCAPE: syntax('an unknown \\ escape in double quotes', 'double the \\, or use single quotes'),
  ALIAS_PROPS: aliasProblem('an anchor or alias'),
  BAD_ALIAS: aliasProblem('an anchor or alias'),
  MULTIPLE_ANCHORS: aliasProblem('an anchor or alias'),
  TAG_RESOLVE_FAILED: tagProblem,
  MULTIPLE_TAGS: tagProblem,
  BAD_DIRECTIVE: directiveProblem,
};

export function explainYaml(error: YAMLError): Problem {
  const [first = ''] = error.message.split('\n');
  const words = first.charAt(0).toLowerCase() + first.slice(1);
  return (
    sentences[error.code] ??
    (error.code === 'MISSING_CHAR'
      ? syntax(`something is missing: ${words}`, 'close every quote and bracket, and separate with commas')
      : syntax(
          `this is not YAML: ${words}`,
          'compare with the lines around it; texts with : # [ ] { } or , need quotes',
        ))
  );
}
