/** One disk in two guests that run, or twice in one, where anybody writes to it: that destroys what is on it. */
import type { Desired, Guest } from '../../model/desired.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { domuGuests } from '../render/files.ts';
import { finding, shortly } from './finding.ts';

interface Use {
  readonly guest: Guest;
  readonly disk: Guest['disks'][number];
}

/** What is stopped has no disk in use: a guest may lend its own to another one that repairs it. */
export function lintDisks(desired: Desired): readonly Diagnostic[] {
  const uses = new Map<string, Use[]>();
  for (const guest of domuGuests(desired))
    for (const disk of guest.state === 'running' ? guest.disks : []) {
      const use = { guest, disk };
      const before = uses.get(disk.path);
      if (before === undefined) uses.set(disk.path, [use]);
      else before.push(use);
    }
  return [...uses.values()].flatMap(([first, ...later]) => {
    if (first === undefined || [first, ...later].every(({ disk }) => disk.mode === 'r')) return [];
    return later.map((use) => shared(use, first));
  });
}

function shared({ guest, disk }: Use, first: Use): Diagnostic {
  const who = first.guest === guest ? `${guest.name} itself` : first.guest.name;
  return finding(
    'shared-disk',
    disk.at,
    `${guest.name} has the disk ${disk.path} of ${who} (${shortly(first.disk.at)}), and not both only read it`,
    'two that write to one disk destroy it: give each its own, or let both have `mode: r`',
  );
}
