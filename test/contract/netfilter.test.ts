// Promise: the netfilter port keeps its contract, on the fake that the engine's tests use and on both real backends:
// reading changes nothing, a stale plan changes nothing, and every failure is a fault in one plain sentence.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readVersion } from '../../src/adapters/netfilter/backend.ts';
import { decodeBytes, encodeBytes } from '../../src/adapters/netfilter/bytes.ts';
import { createNetfilter } from '../../src/adapters/netfilter/netfilter.ts';
import { compileNat } from '../../src/core/nat/compile.ts';
import { diffNat } from '../../src/core/nat/diff.ts';
import { parseNatTarget, renderNat } from '../../src/core/nat/render.ts';
import { parseSave, tableText } from '../../src/core/nat/save.ts';
import { Fault, type FaultCode } from '../../src/model/fault.ts';
import { families } from '../../src/model/family.ts';
import type { Netfilter } from '../../src/ports.ts';
import { sample } from '../core/nat-fixture.ts';
import { createFakeNetfilter } from '../fakes/netfilter.ts';
import { inside, runInside } from '../kernel/inside.ts';
import { clear, openNetfilter, read, run } from '../kernel/nat-table.ts';

const target = compileNat(sample).v4;

async function faultOf(work: Promise<unknown>, code: FaultCode): Promise<Fault> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Fault, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

/** What the engine relies on, whatever is behind the port. */
function contract(open: () => Netfilter): void {
  it('has no rules at first, and reading does not change that', async () => {
    const netfilter = open();
    for (const family of families) {
      const first = await netfilter.save(family);
      assert.deepEqual(
        parseSave(first).chains.filter((chain) => chain.rules.length > 0),
        [],
      );
      assert.equal(tableText(parseSave(await netfilter.save(family))), tableText(parseSave(first)));
    }
  });

  it('says what it is', async () => {
    const { backend, version } = await open().probe('v4');
    assert.match(backend, /^(nft|legacy)$/);
    assert.match(version, /^\d+\.\d+\.\d+$/);
  });

  it('applies a plan once; the same plan is stale then and changes nothing', async () => {
    const netfilter = open();
    const plan = diffNat(target, parseSave(await netfilter.save('v4')), { family: 'v4', previous: null });
    assert.notEqual(plan.restore, null);
    const swap = { text: plan.restore ?? '', plannedOn: plan.plannedOn };
    await netfilter.restore('v4', swap);
    const table = tableText(parseSave(await netfilter.save('v4')));
    assert.equal(diffNat(target, parseSave(table), { family: 'v4', previous: target }).restore, null);
    await faultOf(netfilter.restore('v4', swap), 'stale-table');
    assert.equal(tableText(parseSave(await netfilter.save('v4'))), table);
    assert.equal(parseSave(await netfilter.save('v6')).chains.flatMap((chain) => chain.rules).length, 0);
  });

  it('spells the rules and leaves the table alone', async () => {
    const netfilter = open();
    const before = tableText(parseSave(await netfilter.save('v4')));
    const text = renderNat(target);
    assert.equal(renderNat(parseNatTarget(await netfilter.canonicalise('v4', text))), text);
    assert.equal(tableText(parseSave(await netfilter.save('v4'))), before);
  });
}

if (inside === null) {
  describe('the fake netfilter', () => contract(createFakeNetfilter));
  describe('the real netfilter', () => runInside(import.meta.url, 120));
  describe('without the host’s programs', outside);
} else {
  describe(`netfilter on ${inside}`, () => {
    if (inside === 'legacy') {
      it('does not make the table by looking at it', async () => {
        assert.equal(await openNetfilter().save('v4'), '');
        assert.doesNotMatch(readFileSync('/proc/net/ip_tables_names', 'utf8'), /nat/);
      });
    }
    contract(() => {
      clear('v4');
      clear('v6');
      return openNetfilter();
    });
    it('says which backend it was told by PATH', async () => {
      for (const family of families) assert.equal((await openNetfilter().probe(family)).backend, inside);
    });
    refusals();
    withoutRights();
  });
}

function refusals(): void {
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['a target that does not exist', '-A A -j NOPE', /NOPE.*: -A A -j NOPE$/],
    ['a match that does not exist', '-A A -m nope -j ACCEPT', /nope.*: -A A -m nope -j ACCEPT$/],
    ['words that it cannot parse', '-A A -p tcp --dport x -j ACCEPT', /: -A A -p tcp --dport x -j ACCEPT$/],
    [
      'a place in which the target cannot be',
      '-A POSTROUTING -j DNAT --to-destination 1.2.3.4',
      /: -A POSTROUTING -j DNAT --to-destination 1\.2\.3\.4$/,
    ],
  ];
  for (const [what, line, said] of refused) {
    it(`finds the line that the kernel refuses: ${what}`, async () => {
      const many = Array.from({ length: 40 }, (_, i) => `-A A -p tcp -m tcp --dport ${i + 1} -j ACCEPT`);
      const text = ['*nat', ':A - [0:0]', ...many.slice(0, 17), line, ...many.slice(17), 'COMMIT', ''].join('\n');
      const fault = await faultOf(openNetfilter().canonicalise('v4', text), 'command-failed');
      assert.match(fault.detail.output ?? '', said);
      assert.match(fault.message, /^This host's kernel refuses the rules: /);
    });
  }

  it('spells the same text from memory', async () => {
    const netfilter = openNetfilter();
    const text = renderNat(target);
    const first = await netfilter.canonicalise('v4', text);
    assert.equal(await netfilter.canonicalise('v4', text), first, 'even its time of day');
  });
}

/** As a user without rights: in a child, because this process must stay root. */
function withoutRights(): void {
  const script = (call: string): string => `
    import { openNetfilter } from ${JSON.stringify(new URL('../kernel/nat-table.ts', import.meta.url).href)};
    try { console.log(JSON.stringify({ value: await openNetfilter({ lockWaitSeconds: 1 }).${call} })); }
    catch (error) { console.log(JSON.stringify({ code: error.code, message: error.message, help: error.detail?.help })); }`;
  interface Answer {
    readonly value?: string;
    readonly code?: string;
    readonly message?: string;
    readonly help?: string;
  }
  const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];
  const asNobody = (call: string, user = nobody): Answer => {
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', script(call)];
    const { out, err } = run('setpriv', [
      ...user,
      'env',
      'TMPDIR=/tmp',
      'XTABLES_LOCKFILE=/tmp/natroute-nobody.lock',
      ...node,
    ]);
    assert.notEqual(out, '', err);
    return JSON.parse(out) as Answer;
  };

  it('says in one sentence that rights are missing', () => {
    read('v4');
    const reading = asNobody(`save('v4')`);
    assert.deepEqual(reading, {
      code: 'no-permission',
      message: "natroute needs root's rights to read the IPv4 nat table.",
      help: 'Run it as root.',
    });
    const changing = asNobody(`restore('v6', { text: '*nat\\nCOMMIT\\n', plannedOn: '' })`);
    assert.deepEqual(changing, {
      code: 'no-permission',
      message: "natroute needs root's rights to change the IPv6 nat table.",
      help: 'Run it as root.',
    });
    rmSync('/tmp/natroute-nobody.lock', { force: true });
  });

  it('does not tell root of a container to become root', () => {
    read('v4');
    const call = `restore('v4', { text: '*nat\\n-N NR-X\\nCOMMIT\\n', plannedOn: '' })`;
    const { code, message } = asNobody(call, ['--bounding-set', '-net_admin,-net_raw', '--']);
    assert.equal(code, 'no-permission');
    assert.match(message ?? '', /^Root may not (?:read|change) the IPv4 nat table here\./);
  });

  it('has the rules spelled without rights, or says that it cannot', () => {
    const text = renderNat(target);
    const { value, code } = asNobody(`canonicalise('v4', ${JSON.stringify(text)})`);
    if (value === undefined) assert.equal(code, 'no-permission');
    else assert.equal(renderNat(parseNatTarget(value)), text);
    const refused = asNobody(`canonicalise('v4', '*nat\\n:A - [0:0]\\n-A A -j NOPE\\nCOMMIT\\n')`);
    assert.equal(refused.code, value === undefined ? 'no-permission' : 'command-failed');
  });
}

function outside(): void {
  const folder = mkdtempSync(join(tmpdir(), 'natroute-contract-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  /** A host on which the programs do what these scripts do. */
  const hostWith = (programs: Readonly<Record<string, string>>): Netfilter => {
    const own = mkdtempSync(join(folder, 'bin-'));
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(join(own, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(own, name), 0o755);
    }
    return createNetfilter({
      tableText: (saved) => tableText(parseSave(saved)),
      env: { PATH: `${own}:/usr/bin:/bin`, XTABLES_LOCKFILE: join(own, 'lock') },
      lockWaitSeconds: 1,
    });
  };
  const nft = { iptables: 'echo "iptables v1.8.9 (nf_tables)"' };

  it('says which program could not even run', async () => {
    const fault = await faultOf(
      hostWith({ ...nft, 'iptables-save': 'exec /nowhere/at-all' }).save('v4'),
      'command-failed',
    );
    assert.match(fault.message, /iptables-save failed \(exit 127\)/);
  });

  it('takes a save that was cut short for a failure, not for an empty table', async () => {
    const netfilter = hostWith({ ...nft, 'iptables-save': 'echo "*nat"; echo ":PREROUTING ACCEPT [0:0]"' });
    const { restore, plannedOn } = diffNat(target, { chains: [] }, { family: 'v4', previous: null });
    await faultOf(netfilter.restore('v4', { text: restore ?? '', plannedOn }), 'table-unreadable');
  });

  it('says whose fault a hanging or failing program is', async () => {
    const failing = hostWith({ ...nft, 'iptables-save': 'echo "something odd" >&2; exit 1' });
    const fault = await faultOf(failing.save('v4'), 'command-failed');
    assert.equal(fault.message, 'iptables-save failed (exit 1): something odd');
    await faultOf(hostWith({ iptables: 'echo no version here' }).save('v4'), 'command-failed');
  });

  it('takes a save that says nothing for a failure, not for an empty table', async () => {
    for (const said of ['', 'echo', 'echo "# Generated by iptables-save"']) {
      const fault = await faultOf(hostWith({ ...nft, 'iptables-save': said }).save('v4'), 'table-unreadable');
      assert.equal(fault.message, 'iptables-save ended well but did not print the nat table.');
    }
  });

  it('tells a lock that restore gave up on', async () => {
    const netfilter = hostWith({
      ...nft,
      'iptables-save': 'printf "*nat\\n:PREROUTING ACCEPT [0:0]\\nCOMMIT\\n"',
      'iptables-restore': 'cat >/dev/null; echo "Another app is currently holding the xtables lock." >&2; exit 4',
    });
    const plannedOn = tableText(parseSave('*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n'));
    const fault = await faultOf(netfilter.restore('v4', { text: '*nat\nCOMMIT\n', plannedOn }), 'lock-held');
    assert.equal(fault.message, 'Another program has held the iptables lock for 1 s; this change was not made.');
  });

  it('says that the table changed when a restore died after it', async () => {
    const netfilter = hostWith({
      ...nft,
      'iptables-save': 'cat "$XTABLES_LOCKFILE.table" 2>/dev/null || printf "*nat\\n:A - [0:0]\\nCOMMIT\\n"',
      'iptables-restore': 'printf "*nat\\n:B - [0:0]\\nCOMMIT\\n" > "$XTABLES_LOCKFILE.table"; kill -9 $$',
    });
    const plannedOn = tableText(parseSave('*nat\n:A - [0:0]\nCOMMIT\n'));
    const fault = await faultOf(netfilter.restore('v4', { text: '*nat\nCOMMIT\n', plannedOn }), 'command-failed');
    assert.match(fault.message, /ended by SIGKILL\. The IPv4 nat table is another one now\.$/);
  });

  it('calls a refusal on a table that somebody changed just then stale', async () => {
    const netfilter = hostWith({
      ...nft,
      'iptables-save': 'cat "$XTABLES_LOCKFILE.table" 2>/dev/null || printf "*nat\\n:A - [0:0]\\nCOMMIT\\n"',
      'iptables-restore':
        'printf "*nat\\n:B - [0:0]\\nCOMMIT\\n" > "$XTABLES_LOCKFILE.table"; echo "Index of insertion too big." >&2; exit 1',
    });
    const plannedOn = tableText(parseSave('*nat\n:A - [0:0]\nCOMMIT\n'));
    await faultOf(netfilter.restore('v4', { text: '*nat\nCOMMIT\n', plannedOn }), 'stale-table');
  });

  it('asks again which iptables it has when the program behind the name changes', async () => {
    const own = mkdtempSync(join(folder, 'swap-'));
    const netfilter = createNetfilter({ tableText: (saved) => saved, env: { PATH: `${own}:/usr/bin:/bin` } });
    const install = (words: string, time: number): void => {
      writeFileSync(join(own, 'iptables'), `#!/bin/sh\necho x >> ${own}/asked\necho "iptables ${words}" # ${time}\n`);
      chmodSync(join(own, 'iptables'), 0o755);
    };
    install('v1.8.9 (legacy)', 1);
    assert.equal((await netfilter.probe('v4')).backend, 'legacy');
    assert.equal((await netfilter.probe('v4')).backend, 'legacy');
    assert.equal(readFileSync(join(own, 'asked'), 'utf8'), 'x\n', 'asked once');
    rmSync(join(own, 'iptables'));
    install('v1.8.10 (nf_tables)', 2);
    assert.deepEqual(await netfilter.probe('v4'), { backend: 'nft', version: '1.8.10', compareAndSwap: 'generation' });
  });

  it('knows the versions that cannot swap', () => {
    const facts = (words: string): string => {
      const { backend, compareAndSwap } = readVersion('iptables', `iptables ${words}\n`);
      return `${backend} ${compareAndSwap ?? ''}`;
    };
    assert.equal(facts('v1.8.9 (nf_tables)'), 'nft generation');
    assert.equal(facts('v1.8.9 (legacy)'), 'legacy lock');
    assert.equal(facts('v1.8.6 (legacy)'), 'legacy lock');
    assert.equal(facts('v1.8.5 (legacy)'), 'legacy none');
    assert.equal(facts('v1.6.2'), 'legacy none');
    assert.equal(facts('v2.0 (legacy)'), 'legacy lock');
  });

  it('keeps every byte of what is no text', () => {
    for (const bytes of [[], [0x41], [0xff], [0xc3, 0xa9, 0xff, 0xf0, 0x9f, 0x98, 0x80], [0xe2, 0x82], [0x80, 0xc3]]) {
      assert.deepEqual([...encodeBytes(decodeBytes(Uint8Array.from(bytes)))], bytes);
    }
    assert.equal(decodeBytes(Buffer.from('é€😀')), 'é€😀');
  });
}
