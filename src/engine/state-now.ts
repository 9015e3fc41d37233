/** What an entry of the ledger says of the host beside its rules. */
import { pathsOf, recordedFiles } from '../core/files/compare.ts';
import type { LedgerRecord } from '../model/record.ts';
import { inForce } from './confirmation.ts';
import type { World } from './world.ts';

export async function stateNow(world: World): Promise<Pick<LedgerRecord, 'state'>> {
  const target = (await inForce(world))?.target;
  if (target === undefined) return {};
  const found = await world.hostFiles.look(pathsOf(target));
  return { state: { host: target.host, guests: target.guests, files: recordedFiles(target, found) } };
}
