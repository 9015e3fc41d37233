/** What else on a host may touch the packets that natroute forwards, read from what the tools print. */
import type { Family } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import type { NatTable } from '../../model/nat.ts';
import { parseSave } from '../nat/save.ts';
import type { BaseChain, NftRule } from './nft.ts';

/** A table that could be read, or why it could not. */
export type Read<T> = { readonly value: T } | { readonly trouble: string };

export interface NftTable {
  readonly family: string;
  readonly name: string;
  readonly rules: Read<readonly NftRule[]>;
}

export interface OtherBackend {
  /** Null: there may be tables, and nothing is installed that shows them. */
  readonly tables: { readonly nat: NatTable; readonly filter: NatTable } | null;
}

export interface Surroundings {
  readonly backend: Readonly<Record<Family, 'nft' | 'legacy'>>;
  readonly chains: Read<readonly BaseChain[]>;
  /** Of those that are not iptables' own and have a chain on a hook of ours. */
  readonly nftTables: readonly NftTable[];
  readonly filter: Readonly<Record<Family, Read<NatTable>>>;
  readonly other: Readonly<Record<Family, Read<OtherBackend>>>;
}

/** The tables that iptables' nft variant makes, where every chain on a hook has a built-in name. */
const iptablesTables = new Set(['nat', 'filter', 'mangle', 'raw', 'security']);
const builtinChains = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

export function isIptablesOwn({ family, table, name }: BaseChain): boolean {
  return family !== 'inet' && iptablesTables.has(table) && builtinChains.has(name);
}

const hooks = new Set(['prerouting', 'input', 'output', 'postrouting']);

/** A chain of somebody else's that translates packets, or that decides whether forwarded ones pass. */
export function concerns(chain: BaseChain): boolean {
  if (!['ip', 'ip6', 'inet'].includes(chain.family) || isIptablesOwn(chain)) return false;
  return (chain.type === 'nat' && hooks.has(chain.hook)) || (chain.type === 'filter' && chain.hook === 'forward');
}

export function isOfFamily({ family }: BaseChain, wanted: Family): boolean {
  return family === 'inet' || family === (wanted === 'v4' ? 'ip' : 'ip6');
}

/** The tables whose rules must be read as well, each once. */
export function tablesToRead(
  chains: readonly BaseChain[],
): readonly { readonly family: string; readonly name: string }[] {
  const places = new Map(
    chains.filter(concerns).map(({ family, table }) => [`${family} ${table}`, { family, name: table }]),
  );
  return [...places.values()];
}

export function readOther(text: string | null): OtherBackend {
  if (text === null) return { tables: null };
  return { tables: { nat: parseSave(text), filter: parseSave(text, 'filter') } };
}

/** For what is read beside the nat table a failure is a finding, no end of the pass. */
export function troubleOf(error: unknown): { readonly trouble: string } {
  if (!(error instanceof Fault)) throw error;
  return { trouble: error.message };
}
