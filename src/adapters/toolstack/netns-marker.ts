/** The marker files of the guests that natroute made: on disk before the guest is, gone after it. */
import { Fault } from '../../model/fault.ts';
import type { Files } from '../../ports.ts';

/** What natroute made, or was about to make, for a guest. */
export interface Marker {
  readonly guest: string;
  readonly vifs: readonly string[];
}

export interface Markers {
  /** Null: natroute made nothing of that name. Fault disk for a damaged one. */
  read(guest: string): Promise<Marker | null>;
  write(marker: Marker): Promise<void>;
  remove(guest: string): Promise<void>;
  /** The guests that have one. */
  names(): Promise<readonly string[]>;
}

/** `folder` must go with a reboot, as namespaces do. */
export function createMarkers(files: Files, folder: string): Markers {
  const path = (guest: string): string => `${folder}/${guest}.json`;
  return {
    async read(guest) {
      const content = await files.read(path(guest));
      return content === null ? null : parseMarker(guest, Buffer.from(content).toString('utf8'), path(guest));
    },
    async write(marker) {
      await files.makeFolder(folder);
      await files.write(path(marker.guest), `${JSON.stringify(marker)}\n`, 0o644);
    },
    remove: (guest) => files.remove(path(guest)),
    async names() {
      const names = await files.list(folder);
      return names.flatMap((file) => (/^[^.].*\.json$/.test(file) ? [file.slice(0, -'.json'.length)] : []));
    },
  };
}

function parseMarker(name: string, text: string, path: string): Marker {
  try {
    const { guest, vifs } = JSON.parse(text) as Partial<Marker>;
    if (guest === name && Array.isArray(vifs) && vifs.every((vif) => /^[\w.-]+$/.test(String(vif))))
      return { guest, vifs };
  } catch {
    // Said below, as other damage is.
  }
  throw new Fault('disk', `The marker ${path} of guest ${name} is damaged.`, {
    help: `Remove guest ${name} by hand (ip netns delete ${name}; ip link show | grep vif), then this file.`,
    output: text.slice(0, 200),
  });
}
