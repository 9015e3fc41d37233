/** Before a change that must be confirmed: what proves it, and the fuse. Just after it: who is connected already. */
import { armedName, fuseFiles } from '../core/confirm/fuse.ts';
import { doorsToProve } from '../core/confirm/way-in.ts';
import { connectionKey, proofText } from '../core/confirm/words.ts';
import { isEmpty } from '../core/plan/plan.ts';
import type { Confirmation, Proof } from '../model/confirmation.ts';
import type { Host } from '../model/desired.ts';
import { families, isLinkLocal } from '../model/family.ts';
import { limits } from '../model/limits.ts';
import type { Cause, TakenRule } from '../model/record.ts';
import type { Target } from '../model/target.ts';
import { standDown, writeConfirmation } from './confirmation.ts';
import type { Undoable } from './files.ts';
import type { Generation } from './generations.ts';
import type { Proposal } from './request.ts';
import type { World } from './world.ts';

export interface Arming {
  readonly generation: Generation;
  readonly taken: readonly TakenRule[];
  readonly undoable: Undoable;
  readonly cause: Cause;
  readonly hold: string | null;
}

/** Whether this proposal, applied, must be confirmed. */
export function needsConfirmation({ plan, mustConfirm }: Proposal): boolean {
  return mustConfirm && !isEmpty(plan);
}

/**
 * Nothing was changed yet, and where this throws nothing will be: what could not be taken back is not done. The caller
 * holds the fuse's lock. Faults: those of Fuse, Prober and Files.
 */
export async function arm(world: World, proposal: Proposal, how: Arming): Promise<Confirmation> {
  const { generation, taken, undoable, cause, hold } = how;
  const { applied, wayIn } = proposal;
  const { proofs, excluded } = await proofsThatCount(world, proposal, generation.target);
  const withinSeconds = world.config.confirm?.withinSeconds ?? limits.confirmSeconds;
  const confirmation: Confirmation = {
    format: 1,
    generation: generation.number,
    previous: applied?.number ?? null,
    ...{ cause, commit: proposal.commit, taken, hold, wayIn, proofs, excluded, bootId: world.bootId, withinSeconds },
    until: new Date(world.clock.now().getTime() + withinSeconds * 1000).toISOString(),
    untilUptime: world.clock.uptime() + withinSeconds,
    ...undoable,
    live: null,
  };
  const { confirm: folder, locks } = world.paths;
  await standDown(world);
  await world.files.makeFolder(folder);
  const facts = {
    generation: generation.number,
    previous: confirmation.previous,
    folder,
    lock: `${locks}/fuse.lock`,
    atUptime: confirmation.untilUptime + limits.fuseGraceSeconds,
    lockWaitSeconds: limits.lockWaitSeconds,
    tries: limits.fuseTries,
  };
  const { sysctls = [] } = undoable;
  const files = fuseFiles(facts, { trial: generation.target.nat, back: applied?.target.nat ?? null, sysctls });
  for (const [name, content] of files) await world.files.write(`${folder}/${name}`, content, 0o600);
  await world.files.write(`${folder}/${armedName(generation.number)}`, '', 0o600);
  await writeConfirmation(world, confirmation);
  await world.fuse.light(`${folder}/fuse.sh`, `natroute-fuse-${generation.number}`);
  return confirmation;
}

/** Those that the local config names and, where the way in is touched, in any case one for that. */
async function proofsThatCount(
  world: World,
  { applied, wayIn }: Proposal,
  target: Target,
): Promise<Pick<Confirmation, 'proofs' | 'excluded'>> {
  const asked = proofsAsked(world, target.host);
  const guarded = asked.some(({ kind }) => kind === 'inbound') || wayIn.length === 0;
  const door: Proof = { kind: 'inbound', any: doorsToProve(applied?.target.host ?? null, target.host) };
  const proofs: Proof[] = guarded ? [] : [door];
  const excluded: string[] = [];
  const before = proofsAsked(world, applied?.target.host ?? target.host);
  const tried = before.map(async (proof) => (proof.kind === 'inbound' ? null : world.prober.probe(proof)));
  for (const [index, problem] of (await Promise.all(tried)).entries()) {
    const [proof, then] = [asked[index], before[index]];
    if (proof === undefined || then === undefined) throw new Error('invariant: a probe is asked before and after');
    if (problem === null) proofs.push(proof);
    else excluded.push(`${proofText(then)} failed before the change already and does not count: ${problem}`);
  }
  return { proofs, excluded };
}

function proofsAsked(world: World, { uplink }: Host): readonly Proof[] {
  return (world.config.confirm?.probes ?? []).map((probe): Proof => {
    switch (probe.kind) {
      case 'tcp':
        return { kind: 'tcp', ...probe.endpoint };
      case 'ping':
        return {
          kind: 'ping',
          name: probe.target,
          ip: probe.target === 'gateway' ? gatewayOf(uplink) : probe.target,
        };
      case 'inbound':
        return { kind: 'inbound', any: [{ ports: probe.ports, protocol: probe.protocol }] };
      default:
        return probe satisfies never;
    }
  });
}

/** '' where none is known: then the probe fails before the change already. */
function gatewayOf({ interface: name, gateways: { v4, v6 } }: Host['uplink']): string {
  const gateway = v4 ?? v6 ?? '';
  // Another link may have the same one: without its zone a guest's, or the host's own, would answer.
  return isLinkLocal(gateway) ? `${gateway}%${name}` : gateway;
}

/** The change is in the kernel: from now on only connections that are not there yet prove anything. */
export async function begin(world: World, confirmation: Confirmation): Promise<Confirmation> {
  const { target } = await world.generations.read(confirmation.generation);
  const sockets = (await world.prober.sockets()).map((socket) => connectionKey({ ...socket, protocol: 'tcp' }));
  const inbound = confirmation.proofs.some(({ kind }) => kind === 'inbound');
  const entries = inbound ? await connectionsTo(world, target.host) : [];
  const since = world.clock.now().toISOString();
  const known = [...new Set([...sockets, ...entries.map(connectionKey)])];
  const begun = { ...confirmation, live: { since, known, vouched: null } };
  await writeConfirmation(world, begun);
  return begun;
}

/** Conntrack's entries to the addresses that the host itself has. */
export async function connectionsTo(
  world: Pick<World, 'netfilter'>,
  host: Host,
): ReturnType<World['netfilter']['connections']> {
  const own = host.addresses.filter(({ carriedBy }) => carriedBy === null);
  const lists = families.map(async (family) => {
    const ips = own.flatMap(({ ips }) => ips[family] ?? []);
    return ips.length === 0 ? [] : world.netfilter.connections(family, ips);
  });
  return (await Promise.all(lists)).flat();
}
