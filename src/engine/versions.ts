/** Which programs, and which local config, a generation or a ledger entry was made with. */
import { createHash } from 'node:crypto';
import type { Config } from '../config.ts';
import type { Versions } from '../model/record.ts';
import type { World } from './world.ts';

export async function versions(world: World): Promise<Versions> {
  const facts = await world.netfilter.probe('v4');
  return {
    natroute: world.version,
    iptables: facts.version,
    backend: facts.backend,
    config: configDigest(world.config),
  };
}

/** Of what a compile reads of the local config, and of nothing else: a new schedule makes no other rules. */
export function configDigest({ host, allow }: Config): string {
  return createHash('sha256')
    .update(JSON.stringify([host, allow]))
    .digest('hex')
    .slice(0, 16);
}
