/** Surroundings from what the tools print, and a target with one forward. */
import { parseBaseChains, parseNftRules } from '../../../src/core/coexist/nft.ts';
import { readOther, tablesToRead, type Surroundings } from '../../../src/core/coexist/surroundings.ts';
import { compileNat } from '../../../src/core/nat/compile.ts';
import { parseSave } from '../../../src/core/nat/save.ts';
import { address, desired, guest, host, network } from '../nat-fixture.ts';

export const forwardingTarget = compileNat(
  desired(host([address('main', '203.0.113.10')], [network('lan', 'br0', ['192.168.1.0/24'])]), [
    guest('web', '192.168.1.1', [{ port: 80 }]),
  ]),
);

export interface Printed {
  /** `iptables-save`. */
  readonly filter?: string;
  /** `nft -j list ruleset`. */
  readonly nft?: string;
  /** The other backend's save; null: not installed. */
  readonly other?: string | null;
  readonly backend?: 'nft' | 'legacy';
}

export function around({ filter = '', nft = '', other = '', backend = 'nft' }: Printed): Surroundings {
  const whole = nft === '' ? '{"nftables":[]}' : nft;
  const chains = parseBaseChains(whole);
  const objects = (JSON.parse(whole) as { nftables: readonly Record<string, { family: string; table?: string }>[] })
    .nftables;
  return {
    backend: { v4: backend, v6: backend },
    chains: { value: chains },
    nftTables: tablesToRead(chains).map((place) => {
      const own = objects.filter((object) => {
        const { rule } = object;
        return rule?.family === place.family && rule.table === place.name;
      });
      return { ...place, rules: { value: parseNftRules(JSON.stringify({ nftables: own })) } };
    }),
    filter: { v4: { value: parseSave(filter, 'filter') }, v6: { value: { chains: [] } } },
    other: { v4: { value: readOther(other) }, v6: { value: readOther('') } },
  };
}
