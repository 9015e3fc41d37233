/**
 * What is to be done for one guest under Xen, out of what is wanted, what runs and what local policy says: each step with
 * what it costs those who use the guest, and what waits for a restart. Nothing here is ever a surprise to a running guest.
 */
import type { Guest, Host } from '../../model/desired.ts';
import type { Cost, Domain, GuestStep, Machine, XlConfig } from '../../model/domain.ts';
import { renderDisk, renderVif } from '../render/domu.ts';
import { differencesOf, type Differences } from './compare.ts';

export interface GuestFacts {
  readonly host: Host;
  readonly guest: Guest;
  /** As a dry run spells its config; null where there is nothing to compare with. */
  readonly wanted: XlConfig | null;
  /** Those that bear its name: Xen allows one, but one that dies may still be there beside the next. */
  readonly domains: readonly Domain[];
  /** As a dry run spelled the config with which natroute started it; null where somebody else did. */
  readonly started: XlConfig | null;
  readonly policy: GuestPolicy;
  readonly machine: Machine;
  /** MiB that all guests together shall have. */
  readonly asked: number;
}

export interface GuestPolicy {
  /** Whether a restart may happen at this moment, as far as the local windows go. */
  readonly restartNow: boolean;
  /** Whether a guest that does not shut down in time may be destroyed. */
  readonly destroyStuck: boolean;
}

export interface GuestPlan {
  readonly steps: readonly PlannedStep[];
  /** What waits for a restart, one text each. */
  readonly pending: readonly string[];
  /** Why nothing is done although something differs; null where nothing holds it. */
  readonly held: string | null;
}

export interface PlannedStep {
  readonly step: GuestStep;
  readonly cost: Cost;
  readonly text: string;
}

const nothing: GuestPlan = { steps: [], pending: [], held: null };

export function planGuest(facts: GuestFacts): GuestPlan {
  const { guest, domains, policy } = facts;
  switch (guest.state) {
    case 'unmanaged':
      return nothing;
    case 'running':
      return planRunning(facts);
    case 'stopped':
    case 'absent': {
      const alive = domains.filter(({ state }) => state === 'running' || state === 'paused');
      const odd = alive.map(heldBy).find((why) => why !== null);
      if (odd !== undefined) return { ...nothing, held: odd };
      return { ...nothing, steps: alive.map((domain) => shutdown(guest, domain, policy)) };
    }
    default:
      return guest.state satisfies never;
  }
}

function planRunning(facts: GuestFacts): GuestPlan {
  const { guest, domains, wanted } = facts;
  const alive = domains.filter(({ state }) => state !== 'dying');
  const [domain] = alive;
  if (domain === undefined) {
    // Until the old one is gone, Xen refuses a second one of its name, and its disks are not free.
    if (domains.length > 0)
      return { ...nothing, held: `domain ${domains[0]?.domid} of that name is still being taken apart` };
    const short = shortOf(facts);
    if (short !== null) return { ...nothing, held: short };
    return { ...nothing, steps: [{ step: { kind: 'create' }, cost: 'live', text: `start ${guest.name}` }] };
  }
  const odd = heldBy(domain);
  if (odd !== null) return { ...nothing, held: odd };
  if (domain.config === null) return { ...nothing, held: `domain ${domain.domid} is being made, or no xl made it` };
  if (wanted === null) return nothing;
  const differences = differencesOf({
    wanted,
    live: domain.config,
    started: facts.started,
  });
  return planChanges(facts, domain, differences);
}

function planChanges(facts: GuestFacts, domain: Domain, differences: Differences): GuestPlan {
  const { guest, policy, machine } = facts;
  const { restart } = differences;
  if (restart.length > 0 && guest.restart === 'allowed' && policy.restartNow) {
    const text = `start ${guest.name} with ${restart.join(', ')}`;
    return {
      ...nothing,
      steps: [
        { ...shutdown(guest, domain, policy), cost: 'restart' },
        { step: { kind: 'create' }, cost: 'restart', text },
      ],
    };
  }
  const more = (differences.memory?.to ?? 0) - (differences.memory?.from ?? 0);
  const steps = liveSteps(facts, domain, differences);
  if (more > roomOf(machine))
    return {
      steps: steps.filter(({ step }) => !(step.kind === 'xl' && step.args[0] === 'mem-set')),
      pending: restart,
      held: `needs ${more} MiB more, and the host has ${machine.freeMemory} MiB free`,
    };
  return { steps, pending: restart, held: null };
}

function liveSteps({ host, guest }: GuestFacts, { domid }: Domain, differences: Differences): readonly PlannedStep[] {
  const { memory, vcpus, vifs, disks } = differences;
  const id = String(domid);
  const live = (args: readonly string[], text: string, undo?: readonly string[]): PlannedStep => ({
    step: { kind: 'xl', args, text, ...(undo === undefined ? {} : { undo }) },
    cost: 'live',
    text,
  });
  const vifOf = new Map(
    guest.interfaces.map((_, index) => {
      const text = renderVif(host, guest, index);
      return [(/^mac=([^,]*)/.exec(text)?.[1] ?? '').toLowerCase(), text] as const;
    }),
  );
  const diskOf = new Map(guest.disks.map((disk) => [disk.as.toLowerCase(), renderDisk(disk)] as const));
  return [
    // What takes from the guest first, so that what it gets is free by then.
    ...vifs.detach.map((mac) => live(['network-detach', id, mac], `take away the vif ${mac}`)),
    ...disks.detach.map((vdev) => live(['block-detach', id, vdev], `take away the disk ${vdev}`)),
    ...(memory === null ? [] : [live(['mem-set', id, `${memory.to}m`], `memory ${memory.from} -> ${memory.to} MiB`)]),
    ...(vcpus === null ? [] : [live(['vcpu-set', id, String(vcpus.to)], `vcpus ${vcpus.from} -> ${vcpus.to}`)]),
    ...disks.attach.map((vdev) =>
      live(['block-attach', id, diskOf.get(vdev) ?? ''], `give it the disk ${vdev}`, ['block-detach', id, vdev]),
    ),
    ...vifs.attach.map((mac) =>
      live(['network-attach', id, ...(vifOf.get(mac) ?? '').split(',')], `give it the vif ${mac}`, [
        'network-detach',
        id,
        mac,
      ]),
    ),
  ];
}

function shutdown(guest: Guest, { domid }: Domain, { destroyStuck }: GuestPolicy): PlannedStep {
  const stuck = destroyStuck ? '; destroyed if it does not end in time' : '';
  return { step: { kind: 'shutdown', domid }, cost: 'destroy', text: `shut down ${guest.name}${stuck}` };
}

/** States that somebody brought about and that only a person should end. */
function heldBy({ domid, state }: Domain): string | null {
  switch (state) {
    case 'running':
    case 'dying':
      return null;
    case 'paused':
      return `it is paused, or still being made; \`xl unpause ${domid}\` lets it run`;
    case 'gone':
      return `it has shut down and its config keeps what is left; \`xl destroy ${domid}\` makes room for a new start`;
    case 'crashed':
      return `it has crashed and its config keeps what is left; \`xl destroy ${domid}\` makes room for a new start`;
    default:
      return state satisfies never;
  }
}

/** Why the machine has no room for it; null where it has. */
function shortOf({ guest: { memory, vcpus }, machine, asked }: GuestFacts): string | null {
  const { freeMemory, cpus } = machine;
  if (memory !== null && memory > roomOf(machine))
    return `needs ${memory} MiB, and the host has ${freeMemory} MiB free; all guests that shall run need ${asked} of its ${machine.memory} MiB`;
  if (vcpus !== null && vcpus > cpus) return `wants ${vcpus} vcpus, and the host has ${cpus} processors`;
  return null;
}

/** MiB that guests may still get. */
function roomOf({ memory, freeMemory, fixedDom0 }: Machine): number {
  return fixedDom0 ? freeMemory : memory;
}

/** MiB of all guests that shall run, and of those that nobody's file names. */
export function memoryAsked(guests: readonly Guest[], domains: readonly Domain[]): number {
  const names = new Set(guests.map(({ name }) => name));
  const strange = domains.filter(({ name }) => name === null || !names.has(name));
  const wanted = guests.filter(({ state }) => state === 'running');
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  return sum(wanted.map(({ memory }) => memory ?? 0)) + sum(strange.map(({ memory }) => memory));
}
