/** Which programs a generation or a ledger entry was made with. */
import type { Versions } from '../model/record.ts';
import type { World } from './world.ts';

export async function versions(world: World): Promise<Versions> {
  const facts = await world.netfilter.probe('v4');
  return { natroute: world.version, iptables: facts.version, backend: facts.backend };
}
