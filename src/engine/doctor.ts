/** Finds out what doctor's checks want to know; each question that fails becomes an answer of its own. */
import type { HostFacts } from '../core/doctor/facts.ts';
import { Fault } from '../model/fault.ts';
import type { World } from './world.ts';

export async function hostFacts(world: World): Promise<HostFacts> {
  return { netfilter: await netfilterFacts(world), receivers: world.config.notify.length };
}

async function netfilterFacts(world: World): Promise<HostFacts['netfilter']> {
  try {
    return await world.netfilter.probe('v4');
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { problem: error.message, help: error.detail.help ?? null };
  }
}
