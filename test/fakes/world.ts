/** A whole world in memory: every port a fake, every call counted and, where a test says so, failing or overtaken. */
import { parseConfig } from '../../src/config.ts';
import { createCompileMemo } from '../../src/core/nat/compile.ts';
import { createSaveReader } from '../../src/core/nat/save.ts';
import { createParseMemo } from '../../src/core/parse/parse.ts';
import { createAlertFiles } from '../../src/engine/alert-files.ts';
import { createGuestEvents } from '../../src/engine/guest-events.ts';
import { createGuestRecords } from '../../src/engine/guest-records.ts';
import { createGenerations } from '../../src/engine/generations.ts';
import { createObserver } from '../../src/engine/observer.ts';
import { createMemory } from '../../src/engine/memory.ts';
import { createLookout } from '../../src/engine/surroundings.ts';
import type { Prober, Witness } from '../../src/ports.ts';
import type { World } from '../../src/engine/world.ts';
import { limits } from '../../src/model/limits.ts';
import { pathsUnder } from '../../src/model/paths.ts';
import { createFakeFiles, type FakeFiles } from './files.ts';
import { createFakeHostFiles, createFakeSysctls, type FakeHostFiles, type FakeSysctls } from './host-files.ts';
import { createFakeClock, type FakeClock } from './clock.ts';
import { createFakeLedger, type FakeLedger } from './ledger.ts';
import { createFakeMirror, type FakeMirror } from './mirror.ts';
import { createFakeNotifier, type FakeNotifier } from './notifier.ts';
import { createFakeNetfilter, type FakeNetfilter } from './netfilter.ts';
import { createFakeRuleset, type FakeRuleset } from './ruleset.ts';

export interface FakeWorld extends World {
  readonly netfilter: FakeNetfilter;
  readonly ruleset: FakeRuleset;
  readonly files: FakeFiles;
  readonly hostFiles: FakeHostFiles;
  readonly sysctls: FakeSysctls;
  readonly clock: FakeClock;
  readonly ledger: FakeLedger;
  readonly mirror: FakeMirror;
  readonly notifier: FakeNotifier;
  readonly witness: FakeWitness;
  readonly outside: FakeOutside;
  /** The same files, for others than natroute. */
  readonly calmFiles: FakeFiles;
  /** A new process on the same host: what was only in memory is gone. */
  restart(): FakeWorld;
}

export interface FakeOutside {
  /** Why a probe of that kind fails; absent: it passes. */
  problems: Partial<Record<'tcp' | 'ping', string>>;
  sockets: Awaited<ReturnType<Prober['sockets']>>;
  /** By which interface the kernel answers an address; what is not in it, by the reference host's uplink. */
  readonly ways: Map<string, string | null>;
  /** Kinds of interfaces; those that are not here are bridges. */
  readonly kinds: Map<string, string>;
  /** The fuses that were lit. */
  readonly lit: string[];
}

export interface FakeWitness extends Witness {
  /** What `version` says: null while nobody watches. */
  changes: number | null;
}

export interface FakeWorldOptions {
  readonly policy?: string;
  /** The map of what a commit may name, as the local config has it. */
  readonly allow?: string;
  /** The list of receivers, as the local config has it. */
  readonly notify?: string;
  /** Further lines of the local config. */
  readonly more?: string;
  /** Put around each port. */
  readonly through?: <Port extends object>(name: string, port: Port) => Port;
}

export function createFakeWorld(options: FakeWorldOptions = {}): FakeWorld {
  const text = `repository: {url: /srv/state.git, branch: main}\nhost: dedibox\n${options.policy === undefined ? '' : `policy: ${options.policy}\n`}`;
  const walled = options.allow === undefined ? text : `${text}allow: ${options.allow}\n`;
  const whole = options.notify === undefined ? walled : `${walled}notify: ${options.notify}\n`;
  const { config } = parseConfig(whole + (options.more ?? ''), 'config.yaml', { hostname: 'dedibox' });
  if (config === null) throw new Error('the test config is wrong');
  const through = options.through ?? ((_name, port) => port);
  const calmFiles = createFakeFiles();
  const parts = {
    calmFiles,
    netfilter: through('netfilter', createFakeNetfilter()),
    ruleset: through('ruleset', createFakeRuleset()),
    files: through('files', calmFiles),
    hostFiles: through('hostFiles', createFakeHostFiles()),
    sysctls: through('sysctls', createFakeSysctls()),
    clock: createFakeClock(),
    ledger: through('ledger', createFakeLedger()),
    mirror: through('mirror', createFakeMirror()),
    notifier: createFakeNotifier(),
    outside: { problems: {}, sockets: [], ways: new Map(), kinds: new Map(), lit: [] } as FakeOutside,
  };
  const paths = pathsUnder('');
  const witness: FakeWitness = {
    changes: null,
    version: () => witness.changes,
    silenceSeconds: () => limits.fullLookSeconds,
    start: () => Promise.resolve({ stop: () => undefined }),
    seen: () => [],
    forget: () => undefined,
    accounted: () => null,
  };
  const build = (): FakeWorld => {
    const readSave = createSaveReader();
    const alertFiles = createAlertFiles(parts.files);
    return {
      ...parts,
      alertFiles,
      guestEvents: createGuestEvents(alertFiles, paths.guestEvents),
      lookout: createLookout(parts.netfilter, parts.ruleset, parts.clock),
      version: '0.0.0-test',
      config,
      paths,
      locks: { acquire: () => Promise.resolve({ release: () => Promise.resolve() }) },
      toolstack: () => {
        throw new Error('no guests in this world');
      },
      records: createGuestRecords(parts.files, paths),
      witness,
      prober: through('prober', {
        probe: (proof) => Promise.resolve(parts.outside.problems[proof.kind] ?? null),
        sockets: () => Promise.resolve(parts.outside.sockets),
        waysBack(to) {
          const { ways } = parts.outside;
          return Promise.resolve(to.map(({ source }) => (ways.has(source) ? (ways.get(source) ?? null) : 'eth0')));
        },
        kindsOf: (interfaces) =>
          Promise.resolve(new Map(interfaces.map((name) => [name, parts.outside.kinds.get(name) ?? 'bridge']))),
      } satisfies Prober),
      fuse: through('fuse', {
        light: (file: string) => {
          parts.outside.lit.push(file);
          return Promise.resolve();
        },
      }),
      surveyor: {
        survey: () => Promise.reject(new Error('nobody looks at the host in this world')),
        boot: () => Promise.reject(new Error('nobody boots in this world')),
      },
      trail: { touches: () => Promise.resolve(null) },
      readSave,
      observer: createObserver({ ...parts, witness, readSave }),
      generations: createGenerations(parts.files, paths, { ...config.generations, clock: parts.clock }),
      memory: createMemory(parts.files, paths),
      readFolder: () => Promise.resolve([]),
      compiled: new Map(),
      parsed: createParseMemo(),
      made: createCompileMemo(),
      quiet: { last: null },
      owed: [],
      bootId: 'boot-1',
      restart: build,
    };
  };
  return build();
}
