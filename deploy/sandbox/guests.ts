/** The netns toolstack at work inside a sandbox, driven from outside. */
import { runCommand } from '../../src/adapters/command.ts';
import { createFiles } from '../../src/adapters/files.ts';
import { createNetnsToolstack } from '../../src/adapters/toolstack/netns.ts';
import type { Desired } from '../../src/model/desired.ts';
import type { Toolstack } from '../../src/ports.ts';
import { inside } from './network.ts';
import type { Sandbox } from './sandbox.ts';

/** Natroute's own toolstack, with its markers where the natroute in the sandbox has them. */
export function toolstackIn(sandbox: Sandbox): Toolstack {
  return createNetnsToolstack({
    files: createFiles(),
    folder: sandbox.path(`${inside.root}/run/natroute/guests`),
    run: (request) => {
      const [file = '', ...args] = sandbox.enter('dom0', [request.file, ...request.args]);
      return runCommand({ ...request, file, args });
    },
  });
}

/** Makes all guests and waits until their services answer. */
export async function makeGuests(sandbox: Sandbox, { host, guests }: Desired): Promise<void> {
  const toolstack = toolstackIn(sandbox);
  await Promise.all(
    guests.map(async (guest) => {
      await toolstack.converge(host, guest);
      await sandbox.ready(guest.name);
    }),
  );
}
