/** All that `natroute render` writes: what a host would get, and what people look at or carry into guests. */
import type { Desired } from '../../model/desired.ts';
import { families } from '../../model/family.ts';
import type { FileTarget, NatTarget } from '../../model/target.ts';
import { renderNat } from '../nat/render.ts';
import { renderBoot } from './boot.ts';
import type { DomuFormat } from './domu.ts';
import { xmProblem } from './domu.ts';
import { domuGuests, filesOf } from './files.ts';
import { contentOf } from './header.ts';
import { renderHostNetwork } from './ifupdown.ts';
import { renderShown } from './shown.ts';
import { editSettings, editXend } from './xen-conf.ts';

export interface Artefacts {
  /** Path -> content. */
  readonly files: ReadonlyMap<string, string>;
  /** Path -> where the link points to. */
  readonly links: ReadonlyMap<string, string>;
  /** What a format cannot say, one sentence each. */
  readonly problems: readonly string[];
}

export function renderArtefacts(
  desired: Desired,
  nat: Readonly<Record<'v4' | 'v6', NatTarget>>,
  formats: readonly DomuFormat[],
): Artefacts {
  const files = new Map(families.map((family) => [`nat.${family}`, renderNat(nat[family])]));
  for (const family of families) files.set(`boot.${family}`, renderBoot(nat[family]));
  const links = new Map<string, string>();
  for (const format of formats) {
    // A host has one toolstack: the files of the other one stand apart.
    const top = format === 'xl' ? 'files' : 'xm';
    for (const file of hostFiles(desired, format)) {
      if (file.kind === 'link') links.set(`${top}${file.path}`, file.to);
      else files.set(`${top}${file.path}`, file.kind === 'edit' ? editSettings('', file.settings) : contentOf(file));
    }
    if (format === 'xm' && domuGuests(desired).length > 0)
      files.set(`${top}/etc/xen/xend-config.sxp`, editXend('', vifScript(desired)));
  }
  files.set(
    'host/interfaces',
    `# ${desired.host.name}'s own network, made by natroute.\n${renderHostNetwork(desired.host)}`,
  );
  for (const [path, content] of renderShown(desired, Infinity)) files.set(path, content);
  const problems = formats.includes('xm') ? domuGuests(desired).flatMap((guest) => xmProblem(guest) ?? []) : [];
  return { files, links, problems };
}

/** Beside its own, the other toolstack's folder has only what that toolstack reads. */
function hostFiles(desired: Desired, format: DomuFormat): readonly FileTarget[] {
  const files = filesOf(desired, format);
  return format === 'xl' ? files : files.filter(({ path }) => path.startsWith('/etc/xen/'));
}

/** Bare `vif-bridge` takes the first bridge that it finds. */
function vifScript({ host }: Desired): string {
  const bridge = host.networks[0]?.bridge;
  return bridge === undefined ? 'vif-bridge' : `'vif-bridge bridge=${bridge}'`;
}
