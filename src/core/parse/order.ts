/** Diagnostics in the order in which a person works through them, and not more than a person reads. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import { limits } from '../../model/limits.ts';

/** By file, line and column; what belongs to no file comes first. */
export function inFileOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...diagnostics].sort((a, b) => {
    const [fileA, fileB] = [a.at?.file ?? '', b.at?.file ?? ''];
    if (fileA !== fileB) return fileA < fileB ? -1 : 1;
    return (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0);
  });
}

/** The first of them, errors before warnings where not all fit, and one that counts the rest. */
export function atMost(
  diagnostics: readonly Diagnostic[],
  most: number = limits.diagnosticsShown,
): readonly Diagnostic[] {
  if (diagnostics.length <= most) return diagnostics;
  const errors = diagnostics.filter((d) => d.severity === 'error');
  const shown = new Set([...errors, ...diagnostics.filter((d) => d.severity === 'warning')].slice(0, most));
  const hiddenErrors = errors.filter((d) => !shown.has(d)).length;
  const hidden = diagnostics.length - shown.size;
  return [
    ...diagnostics.filter((d) => shown.has(d)),
    {
      code: 'more',
      severity: hiddenErrors > 0 ? 'error' : 'warning',
      message: `${hidden} more problems are not shown, ${hiddenErrors} of them errors`,
      help: 'put right what is shown, then look again',
    },
  ];
}
