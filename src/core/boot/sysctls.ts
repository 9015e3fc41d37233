/** Which kernel settings the files of a boot give in the end, as systemd-sysctl and `sysctl --system` read them. */
import type { TextFile } from '../../model/boot.ts';
import { sysctlPath, sysctlValue } from '../../model/sysctl.ts';
import type { SysctlTarget } from '../../model/target.ts';
import { fine, type Remark, risk } from '../doctor/facts.ts';

interface Word {
  readonly file: string;
  readonly value: string;
}

export function sysctlRemarks(target: readonly SysctlTarget[], files: readonly TextFile[]): readonly Remark[] {
  if (target.length === 0) return [];
  const { words, patterns } = readWords(files);
  const wrong = target.flatMap(({ key, value }): Remark | readonly [] => {
    const path = pathOf(key);
    // A word for one key counts more than a pattern, wherever it stands.
    const word = words.get(path) ?? patterns.findLast(({ fits }) => fits.test(path))?.word;
    const help = 'Look with `natroute plan`: it puts its own file back. A later file that says otherwise must not.';
    if (word === undefined) return risk('boot-sysctl', `no file that a boot reads sets ${key} = ${value}`, help);
    if (sysctlValue(word.value) === sysctlValue(value)) return [];
    return risk('boot-sysctl', `after a boot ${key} is ${word.value}, by ${word.file}, and not ${value}`, help);
  });
  return wrong.length > 0 ? wrong : [fine('boot-sysctl', 'the kernel settings come back as they are')];
}

function readWords(files: readonly TextFile[]): {
  readonly words: ReadonlyMap<string, Word>;
  readonly patterns: readonly { readonly fits: RegExp; readonly word: Word }[];
} {
  const words = new Map<string, Word>();
  const patterns: { readonly fits: RegExp; readonly word: Word }[] = [];
  for (const { path, text } of files)
    for (const line of text.split('\n')) {
      const [, key, value = ''] = /^\s*-?\s*([^#;=\s][^=]*?)\s*=(.*)$/.exec(line) ?? [];
      if (key === undefined) continue;
      const word = { file: path, value: sysctlValue(value) };
      const name = pathOf(key);
      if (!/[*?[]/.test(name)) words.set(name, word);
      else {
        const fits = globOf(name);
        patterns.push({ fits, word });
        if (fits.test(forwardingOfAll)) words.set(pathOf(forwardingOfAll), word);
      }
    }
  return { words, patterns };
}

/** Where a slash comes first, the key is a path already. */
function pathOf(key: string): string {
  const path = /^[^.]*\//.test(key) ? key : sysctlPath(key);
  return path === forwardingOfAll ? 'net/ipv4/ip_forward' : path;
}

/** The kernel keeps one value under both names, and the last that is written counts. */
const forwardingOfAll = 'net/ipv4/conf/all/forwarding';

/** Of a path: `*` and `?` stand for no slash. */
export function globOf(pattern: string): RegExp {
  const escaped = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replace(/\*/g, '[^/]*')
    .replace(/\?/g, '[^/]');
  try {
    return new RegExp(`^${escaped}$`);
  } catch {
    // A bracket that nothing closes stands for itself, and so for no setting.
    return /^$(?!)/;
  }
}
