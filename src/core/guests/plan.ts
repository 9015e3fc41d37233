/**
 * What is to be done for one guest under Xen, out of what is wanted, what runs and what local policy says: each step with
 * what it costs those who use the guest, and what waits for a restart. Nothing here is ever a surprise to a running guest.
 */
import type { Guest, Host } from '../../model/desired.ts';
import type { Cost, Domain, GuestStep, Machine, XlConfig } from '../../model/domain.ts';
import { renderDisk, renderVif } from '../render/domu.ts';
import { differencesOf, type Differences } from './compare.ts';
import { disksInUse, renamedOf } from './others.ts';

export interface GuestFacts {
  readonly host: Host;
  readonly guest: Guest;
  /** As a dry run spells its config; null where there is nothing to compare with. */
  readonly wanted: XlConfig | null;
  /** Those that bear its name: Xen allows one, but one that dies may still be there beside the next. */
  readonly domains: readonly Domain[];
  /** All others but Domain-0. */
  readonly others: readonly Domain[];
  /** Of the domain that natroute started; null where it did not. */
  readonly startedUuid: string | null;
  /** As a dry run spelled the config with which natroute started it; null where somebody else did. */
  readonly started: XlConfig | null;
  readonly policy: GuestPolicy;
  readonly machine: Machine;
  /** MiB that all guests together shall have. */
  readonly asked: number;
  /** What its next start needs and this host has not; null for nothing, or where nobody looked. */
  readonly missing: string | null;
  /** Why a start with this very config failed before; null where none did. */
  readonly refused: string | null;
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
    const why = renamedAs(facts) ?? shortOf(facts) ?? firstInUse(facts);
    if (why !== null) return { ...nothing, held: why };
    return { ...nothing, steps: [{ step: { kind: 'create' }, cost: 'live', text: `start ${guest.name}` }] };
  }
  const odd = heldBy(domain);
  if (odd !== null) return { ...nothing, held: odd };
  if (wanted === null || domain.config === null) return nothing;
  const differences = differencesOf({
    wanted,
    live: domain.config,
    started: facts.started,
  });
  return planChanges(facts, domain, differences);
}

function refusedBefore({ guest, refused }: GuestFacts): string | null {
  if (refused === null) return null;
  return `it did not start like that (${refused}) and is not shut down for it again; a commit that changes it is tried, and \`xl shutdown ${guest.name}\` tries this one once more`;
}

function lacking({ missing }: GuestFacts): string | null {
  return missing === null ? null : `${missing} is not there: it would not come up again, so that it is not shut down`;
}

function planChanges(facts: GuestFacts, domain: Domain, differences: Differences): GuestPlan {
  const { guest, policy } = facts;
  const { restart } = differences;
  const mayRestart = restart.length > 0 && guest.restart === 'allowed' && policy.restartNow;
  // One that could not come up again is not shut down.
  const noRestart = mayRestart
    ? (refusedBefore(facts) ?? lacking(facts) ?? shortOf(facts, domain.memory) ?? firstInUse(facts))
    : null;
  if (mayRestart && noRestart === null) {
    const text = `start ${guest.name} with ${restart.join(', ')}`;
    return {
      ...nothing,
      steps: [
        { ...shutdown(guest, domain, policy), cost: 'restart' },
        { step: { kind: 'create' }, cost: 'restart', text },
      ],
    };
  }
  const [steps, notNow] = possible(facts, liveSteps(facts, domain, differences), differences);
  const held = [noRestart, ...notNow].find((why) => why !== null) ?? null;
  return { steps, pending: restart, held };
}

/** Of these steps those that can be done now, and why the others cannot. */
function possible(
  facts: GuestFacts,
  steps: readonly PlannedStep[],
  { memory }: Differences,
): readonly [steps: readonly PlannedStep[], held: readonly (string | null)[]] {
  const inUse = facts.wanted === null ? new Map<string, string>() : disksInUse(facts.wanted, facts.others);
  const more = (memory?.to ?? 0) - (memory?.from ?? 0);
  const why = steps.map(({ step }): string | null => {
    if (step.kind !== 'xl') return null;
    if (step.args[0] === 'mem-set' && more > roomOf(facts)) return `needs ${more} MiB more, and ${roomText(facts)}`;
    return step.args[0] === 'block-attach' ? (inUse.get(step.undo?.[2] ?? '') ?? null) : null;
  });
  return [steps.filter((_, index) => why[index] === null), why];
}

function firstInUse({ wanted, others }: GuestFacts): string | null {
  return wanted === null ? null : ([...disksInUse(wanted, others).values()][0] ?? null);
}

function renamedAs({ guest, startedUuid, others }: GuestFacts): string | null {
  const domain = renamedOf(startedUuid, others);
  if (domain === null) return null;
  const name = domain.name ?? 'nothing';
  return `it runs under the name ${name}; \`xl rename ${domain.domid} ${guest.name}\` gives it back its own`;
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
function heldBy({ domid, state, config }: Domain): string | null {
  if (config === null && state !== 'dying')
    return `domain ${domid} is being made, or its start was cut off; where nobody starts it, \`xl destroy ${domid}\` takes away what is half there`;
  switch (state) {
    case 'running':
    case 'dying':
      return null;
    case 'paused':
      return `it is paused; \`xl unpause ${domid}\` lets it run`;
    case 'gone':
      return `it has shut down and its config keeps what is left; \`xl destroy ${domid}\` makes room for a new start`;
    case 'crashed':
      return `it has crashed and its config keeps what is left; \`xl destroy ${domid}\` makes room for a new start`;
    default:
      return state satisfies never;
  }
}

/** Why the machine has no room for it; null where it has. `back` are MiB that it gives back first. */
function shortOf(facts: GuestFacts, back = 0): string | null {
  const { guest, machine, asked } = facts;
  if (guest.memory !== null && guest.memory > roomOf(facts) + back)
    return `needs ${guest.memory} MiB, and ${roomText(facts)}; all guests that shall run need ${asked} of its ${machine.memory} MiB`;
  if (guest.vcpus !== null && guest.vcpus > machine.cpus)
    return `wants ${guest.vcpus} vcpus, and the host has ${machine.cpus} processors`;
  return null;
}

/** MiB that guests may still get. A Domain-0 that is not fixed gives of its own, which ends where other guests begin. */
function roomOf({ machine, domains, others }: GuestFacts): number {
  if (machine.fixedDom0) return machine.freeMemory;
  return machine.memory - [...domains, ...others].reduce((sum, { memory }) => sum + memory, 0);
}

function roomText(facts: GuestFacts): string {
  const room = Math.max(0, roomOf(facts));
  return facts.machine.fixedDom0 ? `the host has ${room} MiB free` : `the host has ${room} MiB beside its other guests`;
}

/** MiB of all guests that shall run, and of those that nobody's file names. */
export function memoryAsked(guests: readonly Guest[], domains: readonly Domain[]): number {
  const names = new Set(guests.map(({ name }) => name));
  const strange = domains.filter(({ name }) => name === null || !names.has(name));
  const wanted = guests.filter(({ state }) => state === 'running');
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  return sum(wanted.map(({ memory }) => memory ?? 0)) + sum(strange.map(({ memory }) => memory));
}
