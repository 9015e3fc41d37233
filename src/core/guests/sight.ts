/**
 * What xl says about the domains, read. `xl list` has all of them, also half-made ones; its JSON only those whose config
 * it knows; and each tells of another moment, so a domain is what both say under one domid.
 */
import type { Domain, DomainState, Machine, Sight, XlConfig } from '../../model/domain.ts';

/** The outputs of `xl list`, `xl list -l`, `xl uptime` and `xl info`. */
export interface XlTexts {
  readonly list: string;
  readonly long: string;
  readonly uptime: string;
  readonly info: string;
}

/** Throws an Error that says what could not be read: xl of a version that nobody tried, or cut output. */
export function readSight({ list, long, uptime, info }: XlTexts): Sight {
  const configs = readConfigs(long);
  const uptimes = readUptimes(uptime);
  const domains = readList(list)
    .filter(({ domid }) => domid !== 0)
    .map((row): Domain => {
      const config = configs.get(row.domid) ?? null;
      const named = config === null || nameOf(config) === row.name;
      return { ...row, config: named ? config : null, uptimeSeconds: uptimes.get(row.domid) ?? null };
    });
  return { domains, machine: readMachine(info) };
}

type Row = Pick<Domain, 'domid' | 'name' | 'state' | 'memory' | 'vcpus'>;

// Names may hold blanks and push the columns to the right: read from the right.
const listed = /^(.*?) +(\d+) +(\d+) +(\d+)\s+([-rbpscd]{6}) +[\d.]+ *$/;

/** The rows of `xl list`. */
export function readList(text: string): readonly Row[] {
  const [head = '', ...lines] = linesOf(text);
  if (!/^Name +ID +Mem +VCPUs\s+State\s+Time\(s\)/.test(head))
    throw new Error(`xl list begins with ${JSON.stringify(head)}`);
  return lines.map((line) => {
    const [, name = '', domid, memory, vcpus, flags = ''] = listed.exec(line) ?? [];
    if (domid === undefined) throw new Error(`xl list says ${JSON.stringify(line)}`);
    return {
      domid: Number(domid),
      name: name === '(null)' || name === '' ? null : name,
      state: stateOf(flags),
      memory: Number(memory),
      vcpus: Number(vcpus),
    };
  });
}

/** A domain that neither runs nor waits at this moment is running too: the letters are those of one instant. */
function stateOf(flags: string): DomainState {
  if (flags[5] === 'd') return 'dying';
  if (flags[4] === 'c') return 'crashed';
  if (flags[3] === 's') return 'gone';
  return flags[2] === 'p' ? 'paused' : 'running';
}

/** By domid. The one inside a config is always 4294967295. */
function readConfigs(text: string): ReadonlyMap<number, XlConfig> {
  // A host without any guest known to xl may print nothing at all.
  const value: unknown = text.trim() === '' ? [] : JSON.parse(text);
  if (!Array.isArray(value)) throw new Error('xl list -l is no list');
  const configs = new Map<number, XlConfig>();
  for (const one of value) {
    const { domid, config } = (one ?? {}) as { readonly domid?: unknown; readonly config?: unknown };
    if (typeof domid !== 'number' || !isRecord(config)) throw new Error('xl list -l has an entry without a domain');
    configs.set(domid, config);
  }
  return configs;
}

function readUptimes(text: string): ReadonlyMap<number, number> {
  const uptimes = new Map<number, number>();
  for (const line of linesOf(text).slice(1)) {
    const [, domid, days = '0', hours, minutes, seconds] =
      / (\d+) +(?:(\d+) days?, *)?(\d+):(\d+):(\d+) *$/.exec(line) ?? [];
    // What it may say in other words is only left out of a status.
    if (domid === undefined) continue;
    uptimes.set(Number(domid), ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds));
  }
  return uptimes;
}

function readMachine(text: string): Machine {
  const field = (name: string): number => {
    const value = new RegExp(`^${name} *: *(\\d+) *$`, 'm').exec(text)?.[1];
    if (value === undefined) throw new Error(`xl info has no ${name}`);
    return Number(value);
  };
  // As xl's own `autoballoon = "auto"` finds it out.
  const fixedDom0 = /^xen_commandline *:.*\bdom0_mem=/m.test(text);
  return { memory: field('total_memory'), freeMemory: field('free_memory'), cpus: field('nr_cpus'), fixedDom0 };
}

export function nameOf(config: XlConfig): string | null {
  const info = config['c_info'];
  const name = isRecord(info) ? info['name'] : null;
  return typeof name === 'string' ? name : null;
}

export function uuidOf(config: XlConfig): string | null {
  const info = config['c_info'];
  const uuid = isRecord(info) ? info['uuid'] : null;
  return typeof uuid === 'string' ? uuid : null;
}

/**
 * The line by which a person sees why xl failed: the first that is no progress, without the place in xl's own source, and
 * where a script failed what that one said. Those that follow only tell of xl's cleaning up.
 */
export function xlError(stderr: string): string {
  const lines = linesOf(stderr)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:Parsing config from|Shutting down domain) |: warning: /.test(line));
  const first = (lines[0] ?? '')
    .replace(/^(?:libxl|xc|xl): (?:error: |fatal error: )?(?:\w+\.c:\d+:(?:\w+:)? )?/, '')
    .replace(/^panic: /, '');
  const script = lines.map((line) => /device_hotplug_child_death_cb: (script: .*)/.exec(line)?.[1]).find(Boolean);
  return script === undefined ? first : `${first}; ${script}`;
}

/** Whether `xl shutdown` failed because the guest was deaf to it: still booting, hanging, or without a driver for that. */
export function wasUnheard(stderr: string): boolean {
  return /didn't acknowledge control request/.test(stderr);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
