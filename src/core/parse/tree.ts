/** Which files of the tree this host reads, and what each of them is; likely slips in a file's name are told. */
import type { Diagnostic, DiagnosticCode } from '../../model/diagnostic.ts';
import { limits } from '../../model/limits.ts';
import type { StateFile } from '../../model/state.ts';
import { didYouMean, listed, nearest } from './nearest.ts';
import type { Problem } from './spell/spelled.ts';
import { quoted } from './visible.ts';

export type Layout = 'single' | 'many';

export interface Selection {
  readonly layout: Layout;
  /** Sorted; what is no plain file among them is for the reader to refuse. */
  readonly wanted: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

export type Role = { readonly kind: 'host' | 'checks' | 'groups' } | { readonly kind: 'guest'; readonly name: string };

/** A diagnostic about a file as a whole. */
export function aboutFile(path: string, severity: Diagnostic['severity'], problem: Problem): Diagnostic {
  return { ...problem, severity, at: { file: path, line: 1, column: 1 } };
}

/** The folders that a host reads, each with its slash; '' is the root. */
function areas(layout: Layout, host: string): readonly string[] {
  return layout === 'single' ? [''] : [`hosts/${host}/`, 'common/'];
}

/** What a path inside an area is, or null for files that are not ours. */
function roleInArea(inside: string, area: string): Role | null {
  if (area !== 'common/' && inside === 'host.yaml') return { kind: 'host' };
  if (inside === 'checks.yaml') return { kind: 'checks' };
  if (inside === 'groups.yaml') return { kind: 'groups' };
  const guest = /^guests\/([^/]*)\.yaml$/s.exec(inside);
  return guest?.[1] !== undefined && area !== 'common/' ? { kind: 'guest', name: guest[1] } : null;
}

export function roleOf(path: string, layout: Layout, host: string): Role | null {
  const area = areas(layout, host).find((a) => path.startsWith(a));
  return area === undefined ? null : roleInArea(path.slice(area.length), area);
}

/**
 * With `hosts/` a host reads its own folder and `common/`, else the root. Diagnostics: `unexpected-file` (warnings),
 * `host-not-found`, `empty-repository`, `missing-file`, `too-many-files`.
 */
export function selectFiles(paths: readonly string[], host: string): Selection {
  const layout: Layout = paths.some((p) => p.startsWith('hosts/')) ? 'many' : 'single';
  const wanted = paths.filter((p) => roleOf(p, layout, host) !== null).sort();
  const diagnostics = [
    ...absent(paths, layout, host, wanted),
    ...paths.map((path) => slip(path, layout, host)).filter((d) => d !== null),
  ];
  if (wanted.length > limits.stateFiles)
    diagnostics.push({
      code: 'too-many-files',
      severity: 'error',
      message: `this host has more than ${limits.stateFiles} files`,
      help: 'split it over several hosts',
    });
  return { layout, wanted, diagnostics };
}

function absent(paths: readonly string[], layout: Layout, host: string, wanted: readonly string[]): Diagnostic[] {
  const error = (code: DiagnosticCode, message: string, help: string): Diagnostic[] => [
    { code, severity: 'error', message, help },
  ];
  if (layout === 'single') {
    if (wanted.includes('host.yaml')) return [];
    if (wanted.length === 0)
      return error(
        'empty-repository',
        'this is no state repository: there is no host.yaml in it',
        'begin one with `natroute init`',
      );
    return error(
      'missing-file',
      'there is no host.yaml',
      'it names the uplink and the public addresses; `natroute init` shows one',
    );
  }
  if (wanted.includes(`hosts/${host}/host.yaml`)) return [];
  if (paths.some((p) => p.startsWith(`hosts/${host}/`)))
    return error('missing-file', `there is no hosts/${host}/host.yaml`, 'it names the uplink and the public addresses');
  const known = [
    ...new Set(paths.map((p) => /^hosts\/([^/]+)\/host\.yaml$/.exec(p)?.[1]).filter((n) => n !== undefined)),
  ];
  const there = known.length === 0 ? 'there is no hosts/NAME/host.yaml at all' : `there are ${listed(known)}`;
  return error(
    'host-not-found',
    `there is no folder for the host ${quoted(host)} below hosts/`,
    didYouMean(host, known, `${there}; the local config says which one this host is (host: NAME)`),
  );
}

/** A warning where a path looks like one of ours with a slip in it; most other files are nobody's concern. */
function slip(path: string, layout: Layout, host: string): Diagnostic | null {
  if (roleOf(path, layout, host) !== null) return null;
  const warning = (message: string, help: string): Diagnostic =>
    aboutFile(path, 'warning', { code: 'unexpected-file', message: `this file is not read: ${message}`, help });
  if (layout === 'many' && /^(host\.yaml|checks\.yaml|groups\.yaml|guests\/[^/]+\.yaml)$/.test(path))
    return warning('with a folder hosts/ nothing at the root is', `move it to hosts/${host}/ or to common/`);
  const area = areas(layout, host).find((a) => path.startsWith(a));
  if (area === undefined) return null;
  const parts = path.slice(area.length).split('/');
  const name = parts.at(-1) ?? '';
  if (parts.some((p) => p.startsWith('.')) || /^(readme|license|changelog)|\.md$|~$/i.test(name)) return null;
  if (area === 'common/' && (parts[0] === 'guests' || name === 'host.yaml'))
    return warning('common/ holds groups.yaml and checks.yaml only', `move it to hosts/${host}/`);
  return parts.length === 1 ? slipAtTop(name, area, warning) : slipBelow(parts, area, warning);
}

type Warning = (message: string, help: string) => Diagnostic;

function slipAtTop(name: string, area: string, warning: Warning): Diagnostic | null {
  const parts = /^(.+)\.(ya?ml|json)$/i.exec(name);
  const near = parts === null ? null : nearest(parts[1] ?? '', ['host', 'checks', 'groups']);
  return near === null ? null : warning('its name is not one that natroute knows', `rename it to ${area}${near}.yaml`);
}

function slipBelow(parts: readonly string[], area: string, warning: Warning): Diagnostic | null {
  const [folder = ''] = parts;
  const name = parts.at(-1) ?? '';
  const stem = /^(.+)\.(ya?ml|json)$/i.exec(name)?.[1];
  if (folder === 'guests') {
    if (stem === undefined) return warning('a guest is a file NAME.yaml', 'rename it, or move it elsewhere');
    return warning('a guest is a file guests/NAME.yaml', `rename it to ${area}guests/${stem}.yaml`);
  }
  if (stem !== undefined && folder !== 'hosts' && nearest(folder, ['guests']) !== null)
    return warning(
      `the folder of the guests is called guests, not ${quoted(folder)}`,
      `rename it to ${area}guests/${stem}.yaml`,
    );
  return null;
}

/**
 * Why an entry of the tree that is no plain file stops the commit, or null. Links and submodules lead out of the
 * repository, so none is taken, wherever it is.
 */
export function refuseKind(file: StateFile): Problem | null {
  switch (file.kind) {
    case 'file':
      return null;
    case 'symlink':
      return {
        code: 'symlink',
        message: 'this is a symbolic link, and none is followed',
        help: 'put the file itself into the repository',
      };
    case 'submodule':
      return {
        code: 'submodule',
        message: 'this is a submodule, and none is read',
        help: 'put the files themselves into the repository',
      };
    case 'other':
      return { code: 'unexpected-file', message: 'this is no plain file', help: 'remove it from the repository' };
    default: {
      const never: never = file.kind;
      return never;
    }
  }
}
