/** An xl in memory, on a machine of some GiB: it reads configs with natroute's own parser and says what the real one says. */
import { isAtom, type DomuValue } from '../../src/core/import/domu.ts';
import { parseXl } from '../../src/core/import/xl.ts';
import type { XlConfig } from '../../src/model/domain.ts';
import { Fault } from '../../src/model/fault.ts';
import type { Xl } from '../../src/ports.ts';

interface FakeDomain {
  readonly name: string;
  readonly config: Spelled;
  memory: number;
  vcpus: number;
  flags: string;
}

type Spelled = XlConfig & {
  readonly c_info: Record<string, unknown>;
  readonly b_info: Record<string, unknown>;
  nics: Record<string, string>[];
  disks: Record<string, unknown>[];
};

export interface FakeXl extends Xl {
  readonly domains: Map<number, FakeDomain>;
  /** Guests that do not end when they are asked to, and those that do not even hear it. */
  readonly stubborn: Set<string>;
  readonly deaf: Set<string>;
  readonly brokenBridges: Set<string>;
  /** As it was put where xl finds it: path -> text. */
  readonly configs: ReadonlyMap<string, string>;
  /** Each call, as it was typed. */
  readonly calls: string[];
  /** Runs before each call; what it throws is the call's end. */
  before: ((args: readonly string[]) => void) | null;
  freeMemory: number;
  /** Somebody makes a domain by hand. */
  make(config: string): number;
  names(): readonly string[];
}

const refused = (output: string, exitCode = 1): Fault =>
  new Fault('command-failed', output.split('\n')[0] ?? '', { exitCode, output });

export function createFakeXl(): FakeXl {
  const configs = new Map<string, string>();
  const domains = new Map<number, FakeDomain>();
  let made = 0;

  function create(text: string): number {
    const config = spell(text);
    const name = String(config.c_info['name']);
    for (const [domid, domain] of domains)
      if (domain.name === name)
        throw refused(
          `libxl: error: libxl_create.c:1187:initiate_domain_create: Domain ${domid}:Domain with name "${name}" already exists.`,
          3,
        );
    made++;
    const memory = Number(config.b_info['target_memkb']) / 1024;
    const vcpus = (config.b_info['avail_vcpus'] as unknown[]).length;
    config.c_info['uuid'] = `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`;
    domains.set(made, { name, config, memory, vcpus, flags: '-b----' });
    xl.freeMemory -= memory;
    return made;
  }

  function domainOf(word: string | undefined): FakeDomain {
    const domain = domains.get(Number(word));
    if (domain === undefined) throw refused(`${word} is an invalid domain identifier (rc=-6)`);
    return domain;
  }

  const take = (domid: number): void => {
    xl.freeMemory += domains.get(domid)?.memory ?? 0;
    domains.delete(domid);
  };

  const commands: Readonly<Record<string, (...words: (string | undefined)[]) => string>> = {
    'list': (long) => (long === undefined ? listText(domains) : longText(domains)),
    'uptime': () => 'Name ID Uptime\n',
    'info': () =>
      `nr_cpus : 4\ntotal_memory : 4096\nfree_memory : ${xl.freeMemory}\nxen_commandline : dom0_mem=1024M,max:1024M\n`,
    'create': (path = '') => {
      const text = configs.get(path);
      if (text === undefined) throw refused(`Failed to read config file: ${path}: No such file or directory`, 3);
      create(text);
      return '';
    },
    'shutdown': (id = '') => {
      const { name } = domainOf(id);
      if (xl.deaf.has(name))
        throw refused(
          `Shutting down domain ${id}\nlibxl: error: libxl_domain.c:854:pvcontrol_cb: guest didn't acknowledge control request: -9\nshutdown failed (rc=-9)`,
        );
      if (!xl.stubborn.has(name)) take(Number(id));
      return '';
    },
    'destroy': (id) => {
      domainOf(id);
      take(Number(id));
      return '';
    },
    'mem-set': (id, amount = '') => {
      const domain = domainOf(id);
      domain.memory = Number.parseInt(amount);
      domain.config.b_info['target_memkb'] = domain.memory * 1024;
      return '';
    },
    'vcpu-set': (id, count) => {
      const domain = domainOf(id);
      domain.vcpus = Number(count);
      domain.config.b_info['avail_vcpus'] = Array.from({ length: domain.vcpus }, (_, i) => i);
      return '';
    },
    'network-attach': (id, ...words) => {
      const nic = nicOf(words.join(','));
      // Listed before its script has run, and left there where that fails.
      domainOf(id).config.nics.push(nic);
      if (xl.brokenBridges.has(nic['bridge'] ?? ''))
        throw refused(
          `libxl: error: libxl_exec.c:117: /etc/xen/scripts/vif-bridge online [510] exited with error status 1`,
        );
      return '';
    },
    'network-detach': (id, mac) => {
      const { config } = domainOf(id);
      config.nics = config.nics.filter((nic) => nic['mac'] !== mac);
      return '';
    },
  };

  const xl: FakeXl = {
    domains,
    configs,
    stubborn: new Set(),
    deaf: new Set(),
    brokenBridges: new Set(),
    calls: [],
    before: null,
    freeMemory: 3072,
    make: create,
    names: () => [...domains.values()].map(({ name }) => name).sort(),
    // A promise even where it fails at once.
    // eslint-disable-next-line @typescript-eslint/require-await
    async run(args) {
      xl.calls.push(args.join(' '));
      xl.before?.(args);
      const [command = '', ...words] = args;
      const act = commands[command];
      if (act === undefined) throw refused(`command "${command}" not implemented`);
      return act(...words);
    },
    // eslint-disable-next-line @typescript-eslint/require-await
    async dryRun(guest, config) {
      xl.calls.push(`create -n ${guest}`);
      return JSON.stringify(spell(config));
    },
    keep(guest, config) {
      configs.set(`/${guest}.cfg`, config);
      return Promise.resolve(`/${guest}.cfg`);
    },
  };
  return xl;
}

function listText(domains: FakeXl['domains']): string {
  const row = (name: string, numbers: readonly number[], flags: string): string =>
    `${name.padEnd(40)} ${numbers.map((n) => String(n).padStart(5)).join(' ')}     ${flags}       0.1`;
  const rows = [...domains].map(([domid, { name, memory, vcpus, flags }]) => row(name, [domid, memory, vcpus], flags));
  return [
    'Name                                        ID   Mem VCPUs\tState\tTime(s)',
    row('Domain-0', [0, 1024, 4], 'r-----'),
    ...rows,
    '',
  ].join('\n');
}

function longText(domains: FakeXl['domains']): string {
  return JSON.stringify([...domains].map(([domid, { config }]) => ({ domid, config })));
}

function nicOf(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').map((part) => part.split('=') as [string, string]));
}

/** As a dry run does. */
function spell(text: string): Spelled {
  const { values, readable } = parseXl('guest.cfg', text);
  if (!readable) throw refused('guest.cfg:1: config parsing error');
  const atom = (value: DomuValue | undefined): string => (value !== undefined && isAtom(value) ? value.text : '');
  const one = (key: string, otherwise = ''): string => atom(values.get(key)?.value) || otherwise;
  const list = (key: string): readonly string[] => {
    const value = values.get(key)?.value;
    return value === undefined || isAtom(value) ? [] : value.map(atom);
  };
  const memory = one('memory', '32');
  const vcpus = Number(one('vcpus', '1'));
  return {
    c_info: { type: one('type', 'pv'), name: one('name'), uuid: 'of-the-dry-run' },
    b_info: {
      max_vcpus: Number(one('maxvcpus', String(vcpus))),
      avail_vcpus: Array.from({ length: vcpus }, (_, i) => i),
      max_memkb: Number(one('maxmem', memory)) * 1024,
      target_memkb: Number(memory) * 1024,
      kernel: one('kernel'),
      cmdline: one('extra'),
    },
    nics: list('vif').map(nicOf),
    disks: list('disk').map((disk) => {
      const { target, vdev, access } = nicOf(disk);
      return { pdev_path: target, vdev, readwrite: Number(access === 'rw') };
    }),
  };
}
