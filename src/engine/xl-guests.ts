/**
 * The toolstack that is xl: look, plan (core/guests), do one guest's steps, look again. Whatever xl does, each call ends;
 * what was done before stays, and the next look plans from what is there.
 */
import { nameOf, readList, readSight, uuidOf, wasUnheard } from '../core/guests/sight.ts';
import { inWindow } from '../core/guests/window.ts';
import { memoryAsked, planGuest, type GuestFacts, type GuestPlan, type PlannedStep } from '../core/guests/plan.ts';
import { renderDomu } from '../core/render/domu.ts';
import type { Guest, Host } from '../model/desired.ts';
import type { Domain, DomainState, GuestStep, Sight, XlConfig } from '../model/domain.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Config } from '../config.ts';
import type { Clock, HostFiles, ObservedGuest, Toolstack, Xl } from '../ports.ts';
import type { GuestRecords } from './guest-records.ts';
import { start } from './xl-start.ts';

export interface XlGuestsDoors {
  readonly xl: Xl;
  readonly clock: Clock;
  readonly records: GuestRecords;
  readonly config: Pick<Config, 'policy' | 'windows'>;
  readonly hostFiles: Pick<HostFiles, 'realPath'>;
}

interface Bench extends XlGuestsDoors {
  /** Dry runs by guest: xl says the same of the same config. */
  readonly spelled: Map<string, { readonly config: string; readonly spelling: XlConfig }>;
  /** MiB that all guests together shall have, as of the last look at all of them. */
  asked: number;
  /** The last look, until something is done; each costs several calls of xl. */
  sight: { readonly sight: Sight; readonly at: number } | null;
}

export function createXlToolstack(doors: XlGuestsDoors): Toolstack {
  const bench: Bench = { ...doors, spelled: new Map(), asked: 0, sight: null };
  return {
    observe: (host, guests) => observe(bench, host, guests),
    converge: (host, guest) => converge(bench, host, guest),
  };
}

async function look(bench: Bench): Promise<Sight> {
  const say = (...args: string[]): Promise<string> => bench.xl.run(args, limits.xlLookSeconds);
  // One after the other: they would only wait for each other's answers of xenstored.
  const list = await say('list');
  const texts = { list, long: await say('list', '-l'), uptime: await say('uptime'), info: await say('info') };
  const sight = legible(readSight, texts);
  bench.sight = { sight, at: bench.clock.uptime() };
  return sight;
}

function legible<Text, Read>(read: (text: Text) => Read, text: Text): Read {
  try {
    return read(text);
  } catch (cause) {
    throw new Fault('command-failed', `what xl says cannot be read: ${(cause as Error).message}`, {
      command: 'xl list',
      cause,
    });
  }
}

/** The last look where nothing was done since and it is young, else a new one. */
async function glance(bench: Bench): Promise<Sight> {
  const { sight, clock } = bench;
  return sight !== null && clock.uptime() - sight.at < limits.guestsLookSeconds ? sight.sight : look(bench);
}

async function observe(bench: Bench, host: Host, guests: readonly Guest[]): Promise<readonly ObservedGuest[]> {
  const sight = await look(bench);
  bench.asked = memoryAsked(guests, sight.domains);
  const observed: ObservedGuest[] = [];
  for (const guest of guests) observed.push(await observeOne(bench, sight, { host, guest }));
  const names = new Set(guests.map(({ name }) => name));
  const others = sight.domains.filter(({ name, state }) => name !== null && !names.has(name) && state !== 'dying');
  return [...observed, ...others.map((domain) => ({ ...standing(domain.name ?? '', domain), differs: '' }))];
}

interface Wish {
  readonly host: Host;
  readonly guest: Guest;
}

async function observeOne(bench: Bench, sight: Sight, wish: Wish): Promise<ObservedGuest> {
  const { name } = wish.guest;
  const [domain] = sight.domains.filter((one) => one.name === name && one.state !== 'dying');
  const seen = standing(name, domain);
  try {
    const { steps, pending, held } = await plan(bench, sight, wish);
    return {
      ...seen,
      differs: steps.map(({ text }) => text).join('; '),
      steps: steps.map(({ text, cost }) => ({ text, cost })),
      pending,
      ...(held === null ? {} : { held }),
    };
  } catch (error) {
    // One guest whose config xl refuses, or nobody can write, must not hide the others; converging it gives the whole reason.
    if (error instanceof Fault && error.code !== 'command-failed') throw error;
    return { ...seen, differs: error instanceof Error ? error.message : String(error) };
  }
}

function standing(name: string, domain: Domain | undefined): Omit<ObservedGuest, 'differs'> {
  if (domain === undefined) return { name, state: 'stopped' };
  const { uptimeSeconds, memory, vcpus } = domain;
  return { name, state: domain.state === 'running' ? 'running' : 'other', running: { uptimeSeconds, memory, vcpus } };
}

async function plan(bench: Bench, sight: Sight, { host, guest }: Wish): Promise<GuestPlan> {
  const { config, clock, records, asked } = bench;
  const domains = sight.domains.filter(({ name }) => name === guest.name);
  const others = sight.domains.filter(({ name }) => name !== guest.name);
  const wanted = guest.state === 'running' ? await spell(bench, host, guest) : null;
  const { started, refused } = await records.read(guest.name);
  const uuid = uuidOf(domains.find(({ state }) => state !== 'dying')?.config ?? {});
  const facts: GuestFacts = {
    host,
    guest,
    wanted,
    domains,
    others,
    startedUuid: started?.uuid ?? null,
    started: started !== undefined && started.uuid === uuid ? started.config : null,
    policy: {
      restartNow: inWindow(config.windows.restart, clock.now()),
      destroyStuck: config.policy.stuckGuests === 'destroy',
    },
    machine: sight.machine,
    asked,
    missing: null,
    refused: wanted !== null && refused?.text === renderDomu(host, guest, 'xl') ? refused.why : null,
  };
  const found = planGuest(facts);
  if (!found.steps.some(({ cost }) => cost === 'restart')) return found;
  return planGuest({ ...facts, missing: await missingFor(bench.hostFiles, { host, guest }) });
}

/** The first thing that its start would look for in vain: xl itself looks only when the guest is down already. */
async function missingFor(files: XlGuestsDoors['hostFiles'], { host, guest }: Wish): Promise<string | null> {
  const bridges = guest.interfaces.map((one) =>
    one.kind === 'nat' ? host.networks.find(({ name }) => name === one.network)?.bridge : host.uplink.interface,
  );
  const needed: readonly (readonly [what: string, path: unknown])[] = [
    ...['kernel', 'ramdisk', 'bootloader'].map((word) => [`the ${word} `, guest.boot?.[word]] as const),
    ...guest.disks.map(({ path }) => ['the disk ', path] as const),
    ...bridges.map((name) => ['the interface ', name === undefined ? null : `/sys/class/net/${name}`] as const),
  ];
  for (const [what, path] of needed)
    if (typeof path === 'string' && path.startsWith('/') && (await files.realPath(path)) === null)
      return `${what}${path}`;
  return null;
}

/** The guest's config as xl itself understands it. Fault command-failed with xl's own reason where it does not. */
async function spell({ xl, spelled }: Bench, host: Host, guest: Guest): Promise<XlConfig> {
  const config = renderDomu(host, guest, 'xl');
  const known = spelled.get(guest.name);
  if (known?.config === config) return known.spelling;
  const spelling = JSON.parse(await xl.dryRun(guest.name, config, limits.xlLookSeconds)) as XlConfig;
  if (nameOf(spelling) !== guest.name)
    throw new Fault(
      'command-failed',
      `xl reads the name ${nameOf(spelling) ?? 'nothing'} in the config of ${guest.name}`,
    );
  spelled.set(guest.name, { config, spelling });
  return spelling;
}

async function converge(bench: Bench, host: Host, guest: Guest): Promise<readonly string[]> {
  const { steps, held } = await plan(bench, await glance(bench), { host, guest });
  if (held !== null && steps.length === 0) throw new Fault('guarded', held);
  const done: string[] = [];
  try {
    for (const { step, text } of steps) {
      await take(bench, { host, guest }, step, done);
      done.push(text);
    }
    if (steps.length > 0) await settled(bench, { host, guest });
  } catch (error) {
    throw error instanceof Fault && done.length > 0 ? afterSome(error, done) : error;
  }
  return done;
}

/** What was done stays done, and nobody else will tell of it. */
function afterSome({ code, message, detail }: Fault, done: readonly string[]): Fault {
  return new Fault(code, `${message} (done before that: ${done.join('; ')})`, detail);
}

async function take(bench: Bench, { host, guest }: Wish, step: GuestStep, done: string[]): Promise<void> {
  const { xl, records } = bench;
  bench.sight = null;
  switch (step.kind) {
    case 'create': {
      const spelling = await spell(bench, host, guest);
      const config = { text: renderDomu(host, guest, 'xl'), config: spelling };
      return start({ xl, records, look: () => look(bench) }, guest.name, config);
    }
    case 'shutdown':
      return shutDown(bench, guest, step.domid, done);
    case 'xl':
      return change(xl, step);
    default:
      return step satisfies never;
  }
}

/** Xl lists a device that never came up as its guest's, so what failed is taken back: else the next look finds it done. */
async function change(xl: Xl, { args, undo }: Extract<GuestStep, { readonly kind: 'xl' }>): Promise<void> {
  try {
    await xl.run(args, limits.xlChangeSeconds);
  } catch (error) {
    if (undo === undefined || !(error instanceof Fault)) throw error;
    const trouble = await xl.run(undo, limits.xlChangeSeconds).then(
      () => '',
      (reason: unknown) => `; what is half there could not be taken back: ${(reason as Error).message}`,
    );
    throw new Fault(error.code, `${error.message}${trouble}`, error.detail);
  }
}

/** Asks the guest to end until it hears it, waits, and destroys it only where local policy says so. */
async function shutDown(bench: Bench, guest: Guest, domid: number, done: string[]): Promise<void> {
  const { xl, clock, config } = bench;
  const begun = clock.uptime();
  let heard = false;
  while (clock.uptime() - begun < limits.guestShutdownSeconds) {
    const trouble: Fault | null = heard ? null : await askToEnd(xl, domid);
    // It may have ended by itself meanwhile.
    const state = await stateOf(bench, domid);
    if (state !== 'running' && state !== 'paused') return takenApart(bench, domid);
    heard = trouble === null;
    if (trouble !== null && !wasUnheard(trouble.detail.output ?? '')) throw trouble;
    await clock.sleep(limits.guestShutdownPollSeconds);
  }
  if (config.policy.stuckGuests !== 'destroy')
    throw new Fault(
      'command-timeout',
      `it did not shut down within ${limits.guestShutdownSeconds} s; it was left as it is`,
      {
        command: `xl shutdown ${guest.name}`,
        help: `Look at it with \`xl console ${guest.name}\`. \`policy: {stuckGuests: destroy}\` in the local config would end it.`,
      },
    );
  await xl.run(['destroy', String(domid)], limits.xlChangeSeconds);
  done.push(`it did not shut down within ${limits.guestShutdownSeconds} s and was destroyed`);
}

/** Null where the guest heard it; xl waits for that, a minute at most. */
async function askToEnd(xl: Xl, domid: number): Promise<Fault | null> {
  try {
    await xl.run(['shutdown', String(domid)], limits.xlChangeSeconds);
    return null;
  } catch (error) {
    if (error instanceof Fault && error.code === 'command-failed') return error;
    throw error;
  }
}

/** Until xl has taken it apart its name is not free for the next start. One that its own config keeps stays there. */
async function takenApart(bench: Bench, domid: number): Promise<void> {
  const { clock } = bench;
  const begun = clock.uptime();
  while (clock.uptime() - begun < limits.guestTakenApartSeconds) {
    if ((await stateOf(bench, domid)) === null) return;
    await clock.sleep(limits.guestShutdownPollSeconds);
  }
}

/** Null where there is no such domain. Asked again and again, so without all that a whole look costs. */
async function stateOf({ xl }: Bench, domid: number): Promise<DomainState | null> {
  const rows = legible(readList, await xl.run(['list'], limits.xlLookSeconds));
  return rows.find((one) => one.domid === domid)?.state ?? null;
}

/** What was done must be seen; some of it takes the guest itself a moment. */
async function settled(bench: Bench, wish: Wish): Promise<void> {
  const begun = bench.clock.uptime();
  for (;;) {
    const { steps, held } = await plan(bench, await glance(bench), wish);
    if (steps.length === 0 && held === null) return;
    bench.sight = null;
    if (bench.clock.uptime() - begun >= limits.guestSettleSeconds) throw notSettled(wish.guest, steps, held);
    await bench.clock.sleep(limits.guestShutdownPollSeconds);
  }
}

function notSettled({ name }: Guest, steps: readonly PlannedStep[], held: string | null): Fault {
  const left = held ?? steps.map(({ text }) => text).join('; ');
  return new Fault('verify-failed', `${name} is not as wanted after all steps; still to do: ${left}`, {
    help: `Some changes need the guest's help: look at it with \`xl console ${name}\`.`,
  });
}
