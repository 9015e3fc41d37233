/** What other domains have that a guest must not get beside them: disks that one of the two writes, and the guest itself. */
import type { Domain, XlConfig } from '../../model/domain.ts';
import { isRecord, uuidOf } from './sight.ts';

interface Disk {
  readonly vdev: string;
  readonly path: string;
  readonly writes: boolean;
}

function disksOf(config: XlConfig | null): readonly Disk[] {
  const list = config?.['disks'];
  return (Array.isArray(list) ? list : []).filter(isRecord).flatMap((disk): readonly Disk[] => {
    const { vdev, pdev_path: path } = disk;
    // A drive without a medium has no path.
    if (typeof vdev !== 'string' || typeof path !== 'string' || path === '') return [];
    return [{ vdev: vdev.toLowerCase(), path, writes: Number(disk['readwrite'] ?? 0) === 1 }];
  });
}

/**
 * Two that write to one disk destroy it, and not every kind of disk is guarded by Xen itself: by the names of those disks
 * of `wanted`, of which another domain has one in use, why that is so.
 */
export function disksInUse(wanted: XlConfig, others: readonly Domain[]): ReadonlyMap<string, string> {
  const inUse = new Map<string, string>();
  for (const { vdev, path, writes } of disksOf(wanted)) {
    const other = others.find(({ config }) =>
      disksOf(config).some((disk) => disk.path === path && (disk.writes || writes)),
    );
    if (other !== undefined)
      inUse.set(vdev, `the disk ${path} is in use by ${other.name ?? 'a domain'} (${other.domid})`);
  }
  return inUse;
}

/** The guest itself under another name; null where there is none. */
export function renamedOf(uuid: string | null, others: readonly Domain[]): Domain | null {
  return uuid === null ? null : (others.find(({ config }) => config !== null && uuidOf(config) === uuid) ?? null);
}
