// Promise: what else is in the packet filter is read as it is, on both backends, and reading makes nothing: no table, no
// chain, not even the module of a backend that nobody uses.
import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { createRuleset } from '../../src/adapters/netfilter/ruleset.ts';
import { parseBaseChains, parseNftRules } from '../../src/core/coexist/nft.ts';
import { parseSave } from '../../src/core/nat/save.ts';
import { families } from '../../src/model/family.ts';
import type { Ruleset } from '../../src/ports.ts';
import { createFakeRuleset } from '../fakes/ruleset.ts';
import { inside, runInside, shimFolder } from '../kernel/inside.ts';
import { run } from '../kernel/nat-table.ts';

interface Ground {
  readonly open: () => Ruleset;
  /** An nft table `inet theirs` with a base chain `pre` on prerouting at -110 that has one dnat. */
  readonly makeTable: (ruleset: Ruleset) => void;
}

/** What the engine relies on, whatever is behind the port. */
function contract({ open, makeTable }: Ground): void {
  it('finds nothing where nobody was', async () => {
    const ruleset = open();
    assert.deepEqual(parseBaseChains(await ruleset.chains()), []);
    for (const family of families) {
      const filter = parseSave(await ruleset.filter(family), 'filter');
      assert.deepEqual(
        filter.chains.filter(({ rules, policy }) => rules.length > 0 || policy !== 'ACCEPT'),
        [],
      );
      assert.equal(await ruleset.otherBackend(family), '');
    }
    assert.equal(await ruleset.table('ip', 'theirs'), '');
  });

  it('shows what others made', async () => {
    const ruleset = open();
    makeTable(ruleset);
    const [chain] = parseBaseChains(await ruleset.chains());
    assert.deepEqual(chain, {
      family: 'inet',
      table: 'theirs',
      name: 'pre',
      type: 'nat',
      hook: 'prerouting',
      priority: -110,
      policy: 'accept',
    });
    const rules = parseNftRules(await ruleset.table('inet', 'theirs'));
    assert.deepEqual(
      rules.map(({ chain: of, statements }) => `${of}: ${statements.join(' ')}`),
      ['pre: match dnat'],
    );
  });
}

if (inside === null) {
  describe('the fake ruleset', () =>
    contract({
      open: createFakeRuleset,
      makeTable: (ruleset) => {
        const of = { family: 'inet', table: 'theirs' };
        (ruleset as ReturnType<typeof createFakeRuleset>).nft = [
          { chain: { ...of, name: 'pre', type: 'nat', hook: 'prerouting', prio: -110, policy: 'accept' } },
          { rule: { ...of, chain: 'pre', handle: 2, expr: [{ match: {} }, { dnat: {} }] } },
        ];
      },
    }));
  describe('the real ruleset', () => runInside(import.meta.url, 60));
} else {
  const other = inside === 'nft' ? 'legacy' : 'nft';
  const names = (): string =>
    ['/proc/net/ip_tables_names', '/proc/net/ip6_tables_names']
      .map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : ''))
      .join('|') + run('nft', ['list', 'tables']).out;
  const nft = (text: string): void => {
    const { code, err } = run('nft', ['-f', '-'], text);
    assert.equal(code, 0, err);
  };
  const lookAtAll = async (ruleset: Ruleset): Promise<void> => {
    await ruleset.chains();
    for (const family of families) {
      await ruleset.filter(family);
      await ruleset.otherBackend(family);
    }
  };

  describe(`ruleset on ${inside}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'natroute-ruleset-'));
    after(() => rmSync(folder, { recursive: true, force: true }));

    // First of all, while no legacy table was ever made in this namespace.
    it('makes no table by looking', async () => {
      const before = names();
      await lookAtAll(createRuleset());
      assert.equal(names(), before);
      assert.doesNotMatch(before, /filter|nat/);
    });

    it('does not even start the program of a backend that has no table', async () => {
      const shims = shimFolder(inside ?? 'nft', folder);
      for (const program of ['iptables-legacy-save', 'ip6tables-legacy-save']) {
        writeFileSync(join(shims, program), `#!/bin/sh\ntouch ${folder}/started\nexec /usr/sbin/${program} "$@"\n`);
        chmodSync(join(shims, program), 0o755);
      }
      const ruleset = createRuleset({ env: { PATH: `${shims}:/usr/sbin:/usr/bin:/sbin:/bin` } });
      await lookAtAll(ruleset);
      assert.equal(existsSync(join(folder, 'started')), false);
    });

    describe('', () => {
      afterEach(() => nft('flush ruleset'));
      contract({
        open: () => createRuleset(),
        makeTable: () =>
          nft(
            'table inet theirs { chain pre { type nat hook prerouting priority -110; tcp dport 80 dnat ip to 192.0.2.1; }; }',
          ),
      });
    });

    it('shows the filter table of its own backend, and makes nothing else', async () => {
      for (const program of ['iptables', 'ip6tables']) assert.equal(run(program, ['-P', 'FORWARD', 'DROP']).code, 0);
      const before = names();
      for (const family of families) {
        const { chains } = parseSave(await createRuleset().filter(family), 'filter');
        assert.equal(chains.find(({ name }) => name === 'FORWARD')?.policy, 'DROP');
        assert.equal(await createRuleset().otherBackend(family), '');
      }
      assert.equal(names(), before);
      for (const program of ['iptables', 'ip6tables']) run(program, ['-P', 'FORWARD', 'ACCEPT']);
    });

    it('shows all tables of the other backend, and only those', async () => {
      const rule = ['-A', 'PREROUTING', '-p', 'tcp', '-m', 'tcp', '--dport', '81', '-j', 'ACCEPT'];
      assert.equal(run(`iptables-${other}`, ['-t', 'nat', ...rule]).code, 0);
      const text = (await createRuleset().otherBackend('v4')) ?? '';
      assert.deepEqual(
        parseSave(text)
          .chains.find(({ name }) => name === 'PREROUTING')
          ?.rules.map((one) => one.text),
        [rule.slice(2).join(' ')],
      );
      assert.deepEqual(parseSave(text, 'filter'), { chains: [] });
      assert.equal(await createRuleset().otherBackend('v6'), '');
    });

    it('says which program is missing, and that it cannot tell without the other backend’s', () => {
      const bare = mkdtempSync(join(folder, 'bare-'));
      const multi = `xtables-${inside ?? ''}-multi`;
      copyFileSync(`/usr/sbin/${multi}`, join(bare, multi));
      for (const program of ['iptables', 'iptables-save']) symlinkSync(multi, join(bare, program));
      const script = `
        import { createRuleset } from ${JSON.stringify(new URL('../../src/adapters/netfilter/ruleset.ts', import.meta.url).href)};
        const ruleset = createRuleset({ env: { PATH: ${JSON.stringify(bare)} } });
        const tried = await ruleset.chains().catch((error) => error.code);
        console.log(JSON.stringify([tried, await ruleset.otherBackend('v4')]));`;
      const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', script];
      // A mount namespace of its own, in which the sbin folders are empty.
      const { out, err } = run('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs none /usr/sbin; exec "$0" "$@"', ...node]);
      assert.deepEqual(JSON.parse(out || 'null'), ['command-missing', null], err);
    });
  });
}
