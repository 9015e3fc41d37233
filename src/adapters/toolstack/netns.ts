/**
 * The Toolstack port without Xen: a guest is a network namespace, joined to dom0 by veth pairs. A marker file, written
 * before the first command, is how natroute knows its own after a restart; what has none is never touched.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Guest, Host } from '../../model/desired.ts';
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type { Files, ObservedGuest, Toolstack } from '../../ports.ts';
import { runCommand } from '../command.ts';
import { createMarkers, type Marker, type Markers } from './netns-marker.ts';
import { readGuest, readHost, readNames, readProcesses, type Run } from './netns-read.ts';
import { stepsToGone, stepsToRunning, type HostFacts, type Step } from './netns-steps.ts';
import { wantedInterfaces, type WantedInterface } from './netns-wanted.ts';

export interface NetnsDoors {
  readonly files: Files;
  /** Where the markers lie, `NAME.json`; it must go with a reboot, as namespaces do. */
  readonly folder: string;
  /** Default: this process' own namespaces. */
  readonly run?: Run;
}

const stopPollMs = 50;

interface Doors {
  readonly run: Run;
  readonly markers: Markers;
}

/** Faults: command-missing, command-failed, no-permission, disk, guarded, verify-failed, usage. */
export function createNetnsToolstack({ files, folder, run = runCommand }: NetnsDoors): Toolstack {
  const doors: Doors = { run, markers: createMarkers(files, folder) };
  return {
    observe: (host, guests) => observe(doors, host, guests),
    async converge(host, guest) {
      requireName(guest.name);
      switch (guest.state) {
        case 'unmanaged':
          return [];
        case 'running':
          return bringUp(doors, host, guest);
        case 'stopped':
        case 'absent':
          return takeDown(doors, guest.name);
        default:
          return guest.state satisfies never;
      }
    },
  };
}

async function observe(doors: Doors, host: Host, guests: readonly Guest[]): Promise<readonly ObservedGuest[]> {
  const { run, markers } = doors;
  const [hostFacts, names, marked] = await Promise.all([readHost(run), readNames(run), markers.names()]);
  const observed: ObservedGuest[] = [];
  for (const guest of guests) observed.push(await observeOne(doors, { host, guest }, { hostFacts, names }));
  const desired = new Set(guests.map((guest) => guest.name));
  for (const name of marked.filter((other) => !desired.has(other))) {
    const state = names.has(name) ? 'running' : 'stopped';
    observed.push({ name, state, differs: '' });
  }
  return observed;
}

async function observeOne(
  doors: Doors,
  { host, guest }: { readonly host: Host; readonly guest: Guest },
  { hostFacts, names }: { readonly hostFacts: HostFacts; readonly names: ReadonlySet<string> },
): Promise<ObservedGuest> {
  const { name } = guest;
  const exists = names.has(name);
  try {
    const known: Facts = { host: hostFacts, exists, marker: await doors.markers.read(name) };
    const state = exists ? (known.marker === null ? 'other' : 'running') : 'stopped';
    switch (guest.state) {
      case 'unmanaged':
        return { name, state, differs: '' };
      case 'running':
        return { name, state, differs: texts(await pending(doors, { host, guest }, known)) };
      case 'stopped':
      case 'absent':
        return { name, state, differs: known.marker === null ? '' : 'take it down' };
      default:
        return guest.state satisfies never;
    }
  } catch (error) {
    // One guest that cannot be looked at must not hide the others; converging it gives the whole reason.
    if (!(error instanceof Fault)) throw error;
    return { name, state: exists ? 'other' : 'stopped', differs: error.message };
  }
}

async function facts({ run, markers }: Doors, name: string): Promise<Facts> {
  const [host, names, marker] = await Promise.all([readHost(run), readNames(run), markers.read(name)]);
  return { host, exists: names.has(name), marker };
}

/** What is left to do for a guest that shall run. */
async function pending(
  { run }: Doors,
  { host, guest }: { readonly host: Host; readonly guest: Guest },
  known: Facts,
): Promise<readonly Step[]> {
  const wanted = wantedInterfaces(host, guest);
  refuseForeign(guest.name, wanted, known);
  const inside = known.exists ? await readGuest(run, guest.name) : null;
  const made = known.marker?.vifs ?? [];
  return stepsToRunning({ guest: guest.name, wanted, made, host: known.host, inside });
}

async function bringUp(doors: Doors, host: Host, guest: Guest): Promise<readonly string[]> {
  const { name } = guest;
  const known = await facts(doors, name);
  const wanted = wantedInterfaces(host, guest);
  const steps = await pending(doors, { host, guest }, known);
  needBridges(name, wanted, known.host);
  const vifs = wanted.map((entry) => entry.vif);
  const before = known.marker?.vifs ?? [];
  if (known.marker === null || vifs.some((vif) => !before.includes(vif))) {
    await doors.markers.write({ guest: name, vifs: [...new Set([...before, ...vifs])] });
  }
  await runSteps(doors.run, name, steps);
  if (steps.length > 0) {
    const left = await pending(doors, { host, guest }, await facts(doors, name));
    if (left.length > 0) throw notConverged(name, left);
  }
  if (before.some((vif) => !vifs.includes(vif))) await doors.markers.write({ guest: name, vifs });
  return known.exists ? steps.map((step) => step.text) : wanted.map(made);
}

/** A guest that was not there is told by what it has, not by every step to it. */
function made({ vif, bridge, device, addresses, hostRoutes }: WantedInterface): string {
  const where = bridge === null ? `routed to ${hostRoutes.join(' and ')}` : `in ${bridge}`;
  return `made with ${device} ${addresses.join(' ')} (${vif}, ${where})`;
}

async function takeDown(doors: Doors, name: string): Promise<readonly string[]> {
  const { host, exists, marker } = await facts(doors, name);
  // Without a marker it was not made here: whatever bears that name stays.
  if (marker === null) return [];
  const done = exists ? [...(await endProcesses(doors.run, name))] : [];
  const steps = stepsToGone(marker.vifs, host);
  await runSteps(doors.run, name, steps);
  done.push(...steps.map((step) => step.text));
  if (exists) {
    await doors.run({ file: 'ip', args: ['netns', 'delete', name] });
    done.push(`remove the namespace ${name}`);
  }
  // Only now: until here a restart must still know the rest as its own.
  await doors.markers.remove(name);
  return done;
}

interface Facts {
  readonly host: HostFacts;
  /** Whether a namespace of the guest's name is there. */
  readonly exists: boolean;
  readonly marker: Marker | null;
}

/** What goes into `ip -batch` must be one word there. */
function requireName(name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name))
    throw new Fault('usage', `${JSON.stringify(name)} is no name for a guest.`);
}

const foreignText = (name: string): string => `a network namespace ${name} exists that natroute did not make`;

function refuseForeign(name: string, wanted: readonly WantedInterface[], { host, exists, marker }: Facts): void {
  if (exists && marker === null) {
    throw new Fault('guarded', `Guest ${name} cannot be made: ${foreignText(name)}.`, {
      help: 'Rename the guest, or remove the namespace if nobody needs it: ip netns delete NAME.',
    });
  }
  for (const { vif } of wanted) {
    if (host.links.has(vif) && !(marker?.vifs ?? []).includes(vif)) {
      throw new Fault(
        'guarded',
        `Guest ${name} cannot be made: an interface ${vif} exists that natroute did not make.`,
        {
          help: `Rename or remove that interface if nobody needs it: ip link delete ${vif}.`,
        },
      );
    }
  }
}

function needBridges(name: string, wanted: readonly WantedInterface[], host: HostFacts): void {
  const missing = wanted.find(({ bridge }) => bridge !== null && !host.links.has(bridge))?.bridge;
  if (missing === undefined || missing === null) return;
  throw new Fault('command-failed', `Guest ${name} needs the bridge ${missing}, which this host does not have.`, {
    help: `Make it (ip link add ${missing} type bridge) in the host's own network configuration, or correct host.yaml.`,
  });
}

const texts = (steps: readonly Step[]): string => steps.map((step) => step.text).join('; ');

function notConverged(name: string, left: readonly Step[]): Fault {
  return new Fault('verify-failed', `Guest ${name} is not as wanted after all steps: still to do: ${texts(left)}.`, {
    help: 'Another program changes its interfaces; look at `ip monitor`.',
  });
}

/** Neighbouring steps of the same place are one `ip -batch`. It stops at the first line that fails. */
async function runSteps(run: Run, guest: string, steps: readonly Step[]): Promise<void> {
  for (let i = 0; i < steps.length;) {
    const where = steps[i]?.where;
    const lines: string[] = [];
    for (; i < steps.length && steps[i]?.where === where; i++) lines.push(...(steps[i]?.lines ?? []));
    switch (where) {
      case 'host':
        await run({ file: 'ip', args: ['-batch', '-'], input: `${lines.join('\n')}\n` });
        break;
      case 'guest':
        await run({ file: 'ip', args: ['-netns', guest, '-batch', '-'], input: `${lines.join('\n')}\n` });
        break;
      case 'sysctl':
        await run({ file: 'sysctl', args: ['-q', '-w', ...lines] });
        break;
      case undefined:
        return;
      default:
        where satisfies never;
    }
  }
}

/** A guest that stops takes its processes along: first asked, then killed. */
async function endProcesses(run: Run, name: string): Promise<readonly string[]> {
  const first = await readProcesses(run, name);
  if (first.length === 0) return [];
  let left = first;
  for (const signal of ['-TERM', '-KILL']) {
    // A process that ended in the meantime makes kill exit with 1.
    await run({ file: 'kill', args: [signal, ...left], accept: [0, 1] });
    for (const until = Date.now() + limits.guestStopSeconds * 1000; Date.now() < until;) {
      left = await readProcesses(run, name);
      if (left.length === 0) return [`end its ${first.length} processes`];
      await sleep(stopPollMs);
    }
  }
  throw new Fault('command-failed', `Guest ${name} cannot be stopped: processes ${left.join(', ')} do not end.`, {
    help: 'They hang in the kernel; look at `dmesg` and /proc/PID/stack.',
  });
}
