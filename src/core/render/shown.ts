/** What people look at or carry into guests: the picture of the host, and each guest's own network config. */
import type { Desired } from '../../model/desired.ts';
import { renderInside } from './inside.ts';
import { renderMermaid } from './mermaid.ts';
import { pictureOf } from './picture.ts';
import { renderSvg } from './svg.ts';

/**
 * Path -> content, `guests/NAME/...` and `graph....`: no program of the host reads any of it. Without the picture where the
 * host has more forwards than `mostForwards`.
 */
export function renderShown(
  desired: Pick<Desired, 'host' | 'guests'>,
  mostForwards: number,
): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const guest of desired.guests) {
    if (guest.state === 'absent' || guest.interfaces.length === 0) continue;
    for (const [name, content] of renderInside(desired.host, guest))
      files.set(`guests/${guest.name}/${name}`, `# For the guest ${guest.name}, made by natroute.\n${content}`);
  }
  if (desired.guests.reduce((sum, { forwards }) => sum + forwards.length, 0) > mostForwards) return files;
  const picture = pictureOf(desired);
  files.set('graph.svg', renderSvg(picture));
  files.set('graph.mmd', renderMermaid(picture));
  return files;
}
