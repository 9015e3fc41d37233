/** A dom0 on which natroute is installed, and a world outside of it: connections that last, and what is seen there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRig, type Rig } from './rig.ts';

export interface Dom0 {
  readonly rig: Rig;
  /** On this machine; gone with the rest. */
  readonly folder: string;
  /** Whether the guest of that name answers at a URL, from outside. */
  answers(url: string, name: string): Promise<boolean>;
  /** Holds a connection from outside to the echo that answers there. */
  hold(ip: string, port: number): Promise<void>;
  /** Faults: the connection was lost, or goes on no more. */
  mustHold(port: number): Promise<void>;
  /** As xl lists them, without what changes by itself. */
  domains(): Promise<string>;
  close(): Promise<void>;
}

const bundle = join(import.meta.dirname, '..', '..', 'dist', 'natroute.cjs');
/**
 * `hold IP PORT`: holds a connection to an echo, asks it again and again, and counts the answers in /root/held.PORT; where
 * one does not come it writes `lost` there and ends.
 */
const holder = `#!/bin/bash
exec 3<>/dev/tcp/$1/$2 || exit 1
for ((n = 0; ; n++)); do
  echo $n >&3; read -r -t 60 -u 3 said && [ "$said" = $n ] || { echo lost >/root/held.$2; exit 1; }
  echo $n >/root/held.$2; sleep 1
done
`;

/** `config` is the host's config.yaml. */
export async function openDom0(config: string): Promise<Dom0> {
  const folder = mkdtempSync(join(tmpdir(), 'natroute-dom0-'));
  writeFileSync(join(folder, 'config.yaml'), config);
  writeFileSync(join(folder, 'hold'), holder);
  const rig = await openRig();
  const held = async (port: number): Promise<number> => Number((await rig.exec(`cat /root/held.${port}`)).out || '-1');
  await rig.put(bundle, '/usr/local/bin/natroute');
  await rig.put(join(folder, 'hold'), '/usr/local/bin/hold');
  await rig.put(join(folder, 'config.yaml'), '/etc/natroute/config.yaml');
  await rig.must('chmod +x /usr/local/bin/natroute /usr/local/bin/hold');
  return {
    rig,
    folder,
    answers: async (url, name) =>
      (await rig.exec(`ip netns exec outside curl -sS -m 20 ${url}`, { seconds: 120 })).out === `hello from ${name}\n`,
    async hold(ip, port) {
      await rig.must(`setsid ip netns exec outside hold ${ip} ${port} >/dev/null 2>&1 </dev/null & sleep 0`);
      await rig.until(`the connection to port ${port}`, async () => (await held(port)) > 0);
    },
    async mustHold(port) {
      const before = await held(port);
      if (!(before > 0)) throw new Error(`the connection to port ${port} was lost`);
      await rig.until(`the connection to port ${port} to go on`, async () => (await held(port)) > before, 180);
    },
    domains: () => rig.must('xl list | cut -c1-50'),
    async close() {
      await rig.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
