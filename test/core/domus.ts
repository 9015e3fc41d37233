/** The domain configs of test/xen/domus as they are imported, and as natroute would write them again. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DomuConfig, Left } from '../../src/core/import/domu.ts';
import { draftGuest, type DraftGuest } from '../../src/core/import/guest.ts';
import { parseXl } from '../../src/core/import/xl.ts';
import { parseXm } from '../../src/core/import/xm.ts';
import type { DomuFormat } from '../../src/core/render/domu.ts';

const folder = join(import.meta.dirname, '..', 'xen', 'domus');

export interface Domu {
  /** `xl/01-plain.cfg` */
  readonly name: string;
  readonly path: string;
  readonly format: DomuFormat;
  readonly text: string;
  readonly config: DomuConfig;
  readonly guest: DraftGuest | null;
  readonly left: readonly Left[];
}

export function domus(format: DomuFormat): readonly Domu[] {
  return readdirSync(join(folder, format))
    .sort()
    .map((file) => {
      const name = `${format}/${file}`;
      const path = join(folder, name);
      const text = readFileSync(path, 'utf8');
      const config = format === 'xl' ? parseXl(name, text) : parseXm(name, text);
      const { guest, left } = draftGuest(config, { defaultScript: null, uplink: 'eth0' });
      return { name, path, format, text, config, guest, left };
    });
}

export function showLeft({ at, what, why }: Left): string {
  return `${at === null ? '-' : `${at.file}:${at.line}:${at.column}`}: ${what}: ${why}`;
}
