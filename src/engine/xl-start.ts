/**
 * Starting one guest under xl. One that does not start as it is wanted now is started as it was before: whoever uses it
 * is served meanwhile, and it is not shut down once more for what did not work.
 */
import { disksInUse } from '../core/guests/others.ts';
import { uuidOf } from '../core/guests/sight.ts';
import type { Sight } from '../model/domain.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Xl } from '../ports.ts';
import type { GuestRecord, GuestRecords, Started } from './guest-records.ts';

interface Doors {
  readonly xl: Xl;
  readonly records: GuestRecords;
  /** All domains, as they are now. */
  readonly look: () => Promise<Sight>;
}

/** A domU config, and what a dry run made of it. */
type Config = Required<Omit<Started, 'uuid'>>;

/** Faults: those of xl, also where the guest runs again as before: the message says so; and disk. */
export async function start(doors: Doors, name: string, wanted: Config): Promise<void> {
  try {
    await create(doors, name, wanted, undefined);
  } catch (error) {
    // What only could not be written down has started.
    if (!(error instanceof Fault) || error.code === 'disk') throw error;
    const came = await startAsBefore(doors, name, wanted, error);
    throw came === null ? error : new Fault(error.code, `${error.message}; ${came}`, error.detail);
  }
}

async function create(doors: Doors, name: string, config: Config, refused: GuestRecord['refused']): Promise<void> {
  const { xl, records, look } = doors;
  await xl.run(['create', await xl.keep(name, config.text)], limits.xlCreateSeconds);
  const [domain] = (await look()).domains.filter((one) => one.name === name);
  await records.update(name, { started: { uuid: uuidOf(domain?.config ?? {}), ...config }, refused });
}

/** What came of it; null where there is nothing to go back to, or somebody is there already. */
async function startAsBefore(doors: Doors, name: string, wanted: Config, trouble: Fault): Promise<string | null> {
  const { started } = await doors.records.read(name);
  if (started?.text === undefined || started.text === wanted.text) return null;
  const { text, config } = started;
  const [why = ''] = trouble.message.split('\n', 1);
  try {
    const { domains } = await doors.look();
    if (domains.some((domain) => domain.name === name)) return null;
    const [inUse] = disksInUse(config, domains).values();
    if (inUse !== undefined) return `as it was before it cannot run either: ${inUse}`;
    await create(doors, name, { text, config }, { text: wanted.text, why });
    return 'it runs again as it was before';
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return `as it was before it does not start either: ${error.message}`;
  }
}
