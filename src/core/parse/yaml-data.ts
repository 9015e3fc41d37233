/** YAML nodes -> plain data with the place of every key and value; what YAML itself makes doubtful is refused. */
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Document, ParsedNode, Scalar } from 'yaml';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { limits } from '../../model/limits.ts';
import { diagnose, positionAt } from './source.ts';
import type { Source, Span } from './source.ts';
import { spellNumber } from './spell/numbers.ts';
import type { Problem } from './spell/spelled.ts';
import { quoted } from './visible.ts';
import { aliasProblem, tagProblem } from './yaml-errors.ts';

/** Where the parts of one map or list are in the text. Lists shrink together with their data when bad items are dropped. */
export interface Marks {
  readonly self: Span;
  readonly keys: Map<string, Mark>;
  readonly items: Span[];
}

/** A key and its value: plain numbers, because a host may have tens of thousands of them. */
export interface Mark {
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly start: number;
  readonly end: number;
}

export function keySpan({ keyStart, keyEnd }: Mark): Span {
  return [keyStart, keyEnd];
}

export function valueSpan({ start, end }: Mark): Span {
  return [start, end];
}

// Without JavaScript's own keys, like an object without a prototype, but of one shape for all that have the same keys.
const Bare = function () {
  // All keys come from the file.
} as unknown as new () => Record<string, unknown>;
Bare.prototype = Object.create(null) as object;

export interface YamlFile {
  readonly source: Source;
  /** No key of a map meets one of JavaScript's own: see Bare. */
  readonly root: unknown;
  readonly rootSpan: Span;
  readonly marks: WeakMap<object, Marks>;
  /** Numbers in a doubtful spelling, by where they begin; their values are in the data all the same. */
  readonly misspelled: ReadonlyMap<number, Diagnostic>;
}

/** One conversion's state: what has been found so far. */
interface Conversion {
  readonly source: Source;
  readonly marks: WeakMap<object, Marks>;
  readonly diagnostics: Diagnostic[];
  readonly misspelled: Map<number, Diagnostic>;
}

export function toData(
  source: Source,
  document: Document.Parsed,
): { readonly file: YamlFile | null; readonly diagnostics: readonly Diagnostic[] } {
  const work: Conversion = { source, marks: new WeakMap(), diagnostics: [], misspelled: new Map() };
  const contents: ParsedNode | null = document.contents;
  const root = contents === null ? null : valueOf(work, contents);
  const rootSpan: Span = contents === null ? [0, 0] : [contents.range[0], contents.range[1]];
  // With aliases left out, the rest of the file is not what was meant: nothing more is said about it.
  if (work.diagnostics.some((d) => d.code === 'yaml-alias')) return { file: null, diagnostics: work.diagnostics };
  return {
    file: { source, root, rootSpan, marks: work.marks, misspelled: work.misspelled },
    diagnostics: work.diagnostics,
  };
}

function report(work: Conversion, span: Span, problem: Problem): void {
  // Whoever uses one alias uses many: the first says it.
  if (problem.code === 'yaml-alias' && work.diagnostics.some((d) => d.code === 'yaml-alias')) return;
  if (work.diagnostics.length <= limits.diagnosticsShown) work.diagnostics.push(diagnose(work.source, span, problem));
}

function valueOf(work: Conversion, node: ParsedNode, span: Span = [node.range[0], node.range[1]]): unknown {
  if (isAlias(node)) {
    report(work, span, aliasProblem(`the alias *${node.source}`));
    return null;
  }
  if (node.anchor !== undefined) {
    const before = work.source.text.lastIndexOf('&', span[0]);
    const start = before < 0 ? span[0] : before;
    report(work, [start, start + node.anchor.length + 1], aliasProblem(`the anchor &${node.anchor}`));
  }
  if (isScalar(node)) return scalarOf(work, node, span);
  const marks: Marks = { self: span, keys: new Map(), items: [] };
  if (isSeq<ParsedNode>(node)) {
    if (node.tag !== undefined) report(work, span, tagProblem);
    const list = node.items.map((item) => {
      const itemSpan: Span = [item.range[0], item.range[1]];
      marks.items.push(itemSpan);
      return valueOf(work, item, itemSpan);
    });
    work.marks.set(list, marks);
    return list;
  }
  if (!isMap<ParsedNode, ParsedNode | null>(node)) throw new Error('a YAML node of unknown kind');
  if (node.tag !== undefined) report(work, span, tagProblem);
  const map = new Bare();
  for (const { key, value } of node.items) {
    const [keyStart, keyEnd] = key.range;
    const name = keyOf(work, key, [keyStart, keyEnd]);
    if (name === null) continue;
    if (marks.keys.has(name)) {
      report(work, [keyStart, keyEnd], {
        code: 'yaml-duplicate-key',
        message: `${quoted(name)} stands here twice`,
        help: `keep one of the two; the other is on line ${firstAt(work, marks, name)}`,
      });
      continue;
    }
    const [start = keyEnd, end = keyEnd] = value?.range ?? [];
    const place = end > start ? { start, end } : { start: keyStart, end: keyEnd };
    marks.keys.set(name, { keyStart, keyEnd, ...place });
    map[name] = value === null ? null : valueOf(work, value);
  }
  work.marks.set(map, marks);
  return map;
}

function firstAt(work: Conversion, marks: Marks, name: string): string {
  const first = marks.keys.get(name);
  return first === undefined ? '' : String(positionAt(work.source, first.keyStart).line);
}

function keyOf(work: Conversion, node: ParsedNode, span: Span): string | null {
  if (isAlias(node) || !isScalar(node) || node.anchor !== undefined) {
    if (isScalar(node) || isAlias(node)) report(work, span, aliasProblem('an anchor or alias as a key'));
    else
      report(work, span, {
        code: 'wrong-type',
        message: 'a list or map cannot be a key',
        help: 'a text with [ or { needs quotes',
      });
    return null;
  }
  if (node.tag !== undefined) report(work, span, tagProblem);
  if (node.value === '<<' && node.type === 'PLAIN') {
    report(work, span, {
      code: 'yaml-merge-key',
      message: 'merge keys (<<) are not taken',
      help: 'write the keys out',
    });
    return null;
  }
  // A plain number is a key's text as written: 1e3 and 1000 are two keys, whatever YAML says.
  if (typeof node.value === 'string') return node.value;
  const text = work.source.text.slice(...span);
  if (typeof node.value === 'number') return text;
  report(work, span, {
    code: 'wrong-type',
    message: `${quoted(text)} is not a text, and keys are texts`,
    help: 'write the key, in quotes if need be',
  });
  return null;
}

function scalarOf(work: Conversion, node: Scalar, span: Span): unknown {
  if (node.tag !== undefined) report(work, span, tagProblem);
  const text = node.source ?? '';
  const { value } = node;
  if (typeof value === 'bigint') return text;
  if (typeof value !== 'number') return value;
  // A minus is left to the schema, which says for each value how small it may be.
  const spelled = spellNumber(/^-[1-9]/.test(text) ? text.slice(1) : text);
  if ('problem' in spelled && work.misspelled.size <= limits.diagnosticsShown)
    work.misspelled.set(span[0], diagnose(work.source, span, spelled.problem));
  return value;
}
