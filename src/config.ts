/** The local config, /etc/natroute/config.yaml: parsed, defaults filled in, durations in seconds. Pure. */
import type { Allow } from './model/allow.ts';
import type { Diagnostic } from './model/diagnostic.ts';
import { hasErrors } from './model/diagnostic.ts';
import { limits } from './model/limits.ts';
import type { ConfigFile } from './model/generated/config-file.ts';
import type { Receiver } from './model/alert.ts';
import type { Ports, Protocol } from './model/family.ts';
import { validateConfigFile } from './core/generated/validators.js';
import { readText } from './core/parse/bytes.ts';
import { atMost, inFileOrder } from './core/parse/order.ts';
import { checkNotify, receiverOf } from './core/parse/notify.ts';
import { shape } from './core/parse/shape.ts';
import { spellEndpoint, spellPingTarget } from './core/parse/spell/config.ts';
import type { Endpoint } from './core/parse/spell/config.ts';
import { spellDuration } from './core/parse/spell/dates.ts';
import { spellName } from './core/parse/spell/names.ts';
import { spellListen } from './core/parse/spell/ports.ts';
import { sure } from './core/parse/spell/spelled.ts';
import { aboutFile } from './core/parse/tree.ts';
import { readYaml } from './core/parse/yaml.ts';

export interface Config {
  readonly repository: {
    /** https, ssh, scp-like or a full local path; it may carry a password, so show it with `showUrl`. */
    readonly url: string;
    readonly branch: string;
    readonly key: string | null;
    readonly knownHosts: string | null;
    readonly signers: string | null;
  };
  readonly host: string;
  /** A cron pattern of five or six fields. */
  readonly schedule: string;
  readonly policy: {
    readonly commits: 'apply' | 'hold';
    readonly drift: 'heal' | 'report';
    readonly deletions: 'apply' | 'hold';
    /** What becomes of a guest that was asked to shut down and does not. */
    readonly stuckGuests: 'leave' | 'destroy';
    /** The share of the forwards that a commit may delete by itself, from 0 to 1. */
    readonly mostDeletions: number;
  };
  readonly windows: { readonly restart: readonly Window[] };
  /** Null: nothing has to confirm an apply. */
  readonly confirm: { readonly withinSeconds: number; readonly probes: readonly Probe[] } | null;
  /** What is not listed is refused. */
  readonly allow: Allow;
  readonly listen: Endpoint | null;
  readonly hook: Hook | null;
  readonly notify: readonly Receiver[];
  readonly generations: Retention;
  readonly ledger: {
    readonly remote: string | null;
    readonly signingKey: string | null;
    /** Older entries are let go; null: none is. */
    readonly days: number | null;
  };
}

/** Which generations are kept beside the one in force and the last good one before it. */
export interface Retention {
  /** At most so many, the newest. */
  readonly keep: number;
  /** None that is older. */
  readonly days: number;
}

export interface Window {
  readonly cron: string;
  readonly forSeconds: number;
  readonly timezone: string;
}

export type Probe =
  | { readonly kind: 'tcp'; readonly endpoint: Endpoint }
  /** `gateway` or an IP. */
  | { readonly kind: 'ping'; readonly target: string }
  | { readonly kind: 'inbound'; readonly ports: Ports; readonly protocol: Protocol };

export interface Hook {
  readonly listen: Endpoint;
  readonly certificate: string | null;
  readonly key: string | null;
  readonly secretFile: string;
}

export interface ConfigResult {
  /** Null iff the diagnostics hold an error. */
  readonly config: Config | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** `file` is what diagnostics call it; `hostname` serves where the config names no host. */
export function parseConfig(text: string, file: string, defaults: { readonly hostname: string }): ConfigResult {
  const content = new TextEncoder().encode(text);
  const read = readText({
    path: file,
    kind: 'file',
    bytes: content.length,
    content: content.length > limits.stateFileBytes ? null : content,
  });
  if ('diagnostic' in read) return { config: null, diagnostics: [read.diagnostic] };
  const yaml = readYaml(read.source);
  if (yaml.file === null) return { config: null, diagnostics: yaml.diagnostics };
  const shaped = shape(yaml.file, validateConfigFile);
  const problems = [...yaml.diagnostics, ...shaped.diagnostics];
  if (shaped.data !== null && shaped.data.host === undefined) problems.push(...unfitHostname(file, defaults.hostname));
  problems.push(...checkNotify(yaml.file, shaped.data?.notify ?? []));
  const diagnostics = atMost(inFileOrder(problems));
  if (shaped.data === null || hasErrors(diagnostics)) return { config: null, diagnostics };
  return { config: complete(shaped.data, defaults.hostname), diagnostics };
}

function unfitHostname(file: string, hostname: string): readonly Diagnostic[] {
  const name = spellName('host', hostname);
  if (!('problem' in name)) return [];
  return [
    aboutFile(file, 'error', {
      code: 'name',
      message: `this machine's host name cannot serve as its name in the repository: ${name.problem.message}`,
      help: 'add host: NAME to the local config',
    }),
  ];
}

function complete(data: ConfigFile, hostname: string): Config {
  const { repository, policy, allow, ledger } = data;
  return {
    repository: {
      url: repository.url,
      branch: repository.branch ?? 'main',
      key: repository.key ?? null,
      knownHosts: repository.knownHosts ?? null,
      signers: repository.signers ?? null,
    },
    host: data.host ?? hostname,
    schedule: data.schedule ?? '*/15 * * * * *',
    policy: {
      commits: policy?.commits ?? 'apply',
      drift: policy?.drift ?? 'heal',
      deletions: policy?.deletions ?? 'apply',
      stuckGuests: policy?.stuckGuests ?? 'leave',
      mostDeletions: policy?.mostDeletions === undefined ? limits.mostDeletions : parseInt(policy.mostDeletions) / 100,
    },
    windows: {
      restart: (data.windows?.restart ?? []).map((w) => ({
        cron: w.cron,
        forSeconds: sure(spellDuration(w.for)),
        timezone: w.timezone ?? 'UTC',
      })),
    },
    confirm:
      data.confirm === undefined
        ? null
        : { withinSeconds: sure(spellDuration(data.confirm.within)), probes: data.confirm.probes.map(probeOf) },
    allow: {
      disks: allow?.disks ?? [],
      bootloaders: allow?.bootloaders ?? [],
      kernels: allow?.kernels ?? [],
      scripts: allow?.scripts ?? [],
      bridges: allow?.bridges ?? [],
      options: allow?.options ?? [],
      sysctls: allow?.sysctls ?? [],
    },
    listen: data.listen === undefined || data.listen === null ? null : sure(spellEndpoint(data.listen)),
    hook: data.hook === undefined ? null : hookOf(data.hook),
    notify: (data.notify ?? []).map(receiverOf),
    generations: {
      keep: data.generations?.keep ?? limits.generationsKept,
      days: data.generations?.days ?? limits.generationDays,
    },
    ledger: {
      remote: ledger?.remote ?? null,
      signingKey: ledger?.signingKey ?? null,
      days: ledger?.days ?? null,
    },
  };
}

function hookOf(data: NonNullable<ConfigFile['hook']>): Hook {
  return {
    listen: sure(spellEndpoint(data.listen)),
    certificate: data.certificate ?? null,
    key: data.key ?? null,
    secretFile: data.secretFile,
  };
}

/** The schema has seen to it that exactly one key is there. */
function probeOf(data: NonNullable<ConfigFile['confirm']>['probes'][number]): Probe {
  if (data.tcp !== undefined) return { kind: 'tcp', endpoint: sure(spellEndpoint(data.tcp)) };
  if (data.ping !== undefined) return { kind: 'ping', target: sure(spellPingTarget(data.ping)) };
  if (data.inbound !== undefined) return { kind: 'inbound', ...sure(spellListen(data.inbound)) };
  throw new Error('a probe of no kind');
}

/** A repository's URL without the secrets that it may carry: a token may stand in the place of the user's name. */
export function showUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*):\/\/([^/]*)@/i, (whole: string, scheme: string, who: string) =>
    scheme === 'ssh' && !who.includes(':') ? whole : `${scheme}://***@`,
  );
}
