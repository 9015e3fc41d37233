/**
 * One YAML text -> plain data with the place of every key and value. Only the harmless part of YAML is taken: no
 * anchors, aliases, merge keys, tags, directives or second documents; and nothing is built before its size is known.
 */
import { Composer, Lexer, Parser, YAMLError, YAMLParseError } from 'yaml';
import type { CST, Document, ErrorCode } from 'yaml';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { limits } from '../../model/limits.ts';
import { diagnose } from './source.ts';
import type { Source, Span } from './source.ts';
import type { Problem } from './spell/spelled.ts';
import { toData } from './yaml-data.ts';
import type { YamlFile } from './yaml-data.ts';
import { directiveProblem, explainYaml, manyDocuments } from './yaml-errors.ts';

/** `file` is null where nothing can be said about the content; `diagnostics` are errors only. */
export function readYaml(source: Source): {
  readonly file: YamlFile | null;
  readonly diagnostics: readonly Diagnostic[];
} {
  const refuse = (span: Span, problem: Problem): { file: null; diagnostics: Diagnostic[] } => ({
    file: null,
    diagnostics: [diagnose(source, span, problem)],
  });
  const read = tokensOf(source);
  if ('problem' in read) return refuse(read.at, read.problem);

  const composed = compose(read.tokens, source.text.length);
  if ('code' in composed) {
    // A quote that is never closed is noticed at the end of the file, but meant is its beginning.
    const unclosed = composed.code === 'MISSING_CHAR' && composed.message.includes('quote');
    const span: Span = unclosed ? [read.lastQuote, read.lastQuote + 1] : spanOf(source, composed);
    return refuse(span, explainYaml(composed));
  }
  const [document, second] = composed.documents;
  if (document === undefined) throw new Error('the YAML composer gave no document');
  if (second !== undefined) return refuse([second.range[0], second.range[0] + 3], manyDocuments);
  if (document.directives.yaml.explicit === true || source.text.startsWith('%'))
    return refuse([0, 1], directiveProblem);
  return toData(source, document);
}

function spanOf(source: Source, error: YAMLError): Span {
  const start = Math.min(error.pos[0], source.text.length);
  return [start, Math.max(start + 1, error.pos[1])];
}

/** The documents, or the first error: those behind it are mostly its echoes. */
function compose(tokens: readonly CST.Token[], length: number): { readonly documents: Document.Parsed[] } | YAMLError {
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, strict: true, merge: false });
  let first: YAMLError | null = null;
  // The composer would collect all errors, and a hostile text has half a million. Should it keep them elsewhere one
  // day, this is without effect, and they are found below.
  Reflect.set(composer, 'onError', (at: ErrorPlace, code: ErrorCode, message: string) => {
    first ??= new YAMLParseError(placeOf(at), code, message);
    throw first;
  });
  try {
    const documents = [...composer.compose(tokens, true, length)];
    const errors: readonly YAMLError[] = documents.flatMap((d) => [...d.errors, ...d.warnings]);
    return errors.toSorted((a, b) => a.pos[0] - b.pos[0])[0] ?? { documents };
  } catch (error) {
    if (error instanceof YAMLError) return error;
    throw error;
  }
}

/** Where the composer says that an error is. */
type ErrorPlace = number | readonly [number, number] | { readonly offset: number; readonly source?: unknown };

function placeOf(at: ErrorPlace): [number, number] {
  if (typeof at === 'number') return [at, at + 1];
  if ('offset' in at) return [at.offset, at.offset + (typeof at.source === 'string' ? at.source.length : 1)];
  return [at[0], at[1]];
}

interface Tokens {
  readonly tokens: readonly CST.Token[];
  /** Where the last quoted text begins. */
  readonly lastQuote: number;
}

/**
 * The text's tokens, or why there are too many: the parser is fed word by word and stopped at the first excess, so
 * that a hostile file costs no more than a large honest one.
 */
function tokensOf(source: Source): Tokens | { readonly at: Span; readonly problem: Problem } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let words = 0;
  let offset = 0;
  let lastQuote = 0;
  for (const word of new Lexer().lex(source.text)) {
    for (const token of parser.next(word)) tokens.push(token);
    if (parser.stack.length > limits.yamlDepth) return { at: [offset, offset + 1], problem: tooDeep };
    if (++words > limits.yamlNodes * wordsPerNode || tokens.length > limits.yamlNodes)
      return { at: [offset, offset + 1], problem: tooMany };
    if (/^["']/.test(word)) lastQuote = offset;
    // The lexer announces documents and scalars by single control characters, which are not in the text.
    if (!/^[\u0002\u0018\u001f]$/.test(word)) offset += word.length;
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, lastQuote };
}

/** Blanks, colons and commas beside each key and value. */
const wordsPerNode = 3;

const tooDeep: Problem = {
  code: 'yaml-too-deep',
  message: `lists and maps are nested more than ${limits.yamlDepth} deep`,
  help: 'nothing that natroute reads is that deep: look for an unclosed bracket',
};
const tooMany: Problem = {
  code: 'yaml-too-many-nodes',
  message: `the file has more than ${limits.yamlNodes} keys and values`,
  help: 'split it: one file for each guest',
};
