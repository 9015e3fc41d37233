/** The parts of the packet filter beside the nat table: nft's own chains, the filter table, the other backend. */
import { readFile } from 'node:fs/promises';
import type { Family } from '../../model/family.ts';
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import type { Ruleset } from '../../ports.ts';
import { runCommand, runCommandBytes } from '../command.ts';
import { createProbe, type CommandWorld } from './backend.ts';
import { decodeBytes } from './bytes.ts';

export function createRuleset(world: CommandWorld = { env: {} }): Ruleset {
  const probe = createProbe(world);
  return {
    chains: () => nft(world, ['list', 'chains']),
    async table(family, name) {
      try {
        return await nft(world, ['list', 'table', family, name]);
      } catch (error) {
        const gone = error instanceof Fault && /No such file or directory/.test(error.detail.output ?? '');
        if (gone && error.code === 'command-failed') return '';
        throw error;
      }
    },
    async filter(family) {
      const { backend } = await probe(family);
      if (backend === 'legacy' && !(await legacyTables(family)).includes('filter')) return '';
      return saved(world, `${programs[family]}-save`, ['-t', 'filter']);
    },
    async otherBackend(family) {
      const { backend } = await probe(family);
      return backend === 'legacy' ? nftSave(world, family) : legacySave(world, family);
    },
  };
}

const programs = { v4: 'iptables', v6: 'ip6tables' } as const;

/** As JSON. */
async function nft(world: CommandWorld, args: readonly string[]): Promise<string> {
  const outputBytes = limits.rulesetBytes;
  const { stdout } = await runCommand({ file: 'nft', args: ['-j', ...args], env: world.env, outputBytes });
  return stdout;
}

/** Without a table's name: asked for one, the save makes it. */
function nftSave(world: CommandWorld, family: Family): Promise<string | null> {
  return savedIfInstalled(world, `${programs[family]}-nft-save`);
}

async function legacySave(world: CommandWorld, family: Family): Promise<string | null> {
  // Where no table was ever made, not even the module that would make one is loaded.
  if ((await legacyTables(family)).length === 0) return '';
  return savedIfInstalled(world, `${programs[family]}-legacy-save`);
}

async function savedIfInstalled(world: CommandWorld, file: string): Promise<string | null> {
  try {
    return await saved(world, file, []);
  } catch (error) {
    if (error instanceof Fault && error.code === 'command-missing') return null;
    throw error;
  }
}

async function saved(world: CommandWorld, file: string, args: readonly string[]): Promise<string> {
  const { stdout } = await runCommandBytes({ file, args, env: world.env, outputBytes: limits.saveBytes });
  return decodeBytes(stdout);
}

async function legacyTables(family: Family): Promise<readonly string[]> {
  const file = family === 'v4' ? '/proc/net/ip_tables_names' : '/proc/net/ip6_tables_names';
  try {
    return (await readFile(file, 'utf8')).split('\n').filter((name) => name !== '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new Fault('no-permission', `${file} may not be read.`, { cause: error, help: 'Run natroute as root.' });
  }
}
