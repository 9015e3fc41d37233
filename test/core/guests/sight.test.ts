// Promise: what the real xl of Xen 4.17 says is read as it is, whatever names and moments do to its columns; what cannot
// be read is an error, never a guest that seems gone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nameOf, readList, readSight, uuidOf, wasUnheard, xlError } from '../../../src/core/guests/sight.ts';
import { golden } from '../state-files.ts';

const text = (name: string): string => readFileSync(join(golden, 'xl', name), 'utf8');
/** What one of the recorded commands printed. */
const part = (name: string, stream: 'stdout' | 'stderr'): string =>
  new RegExp(`^--- ${stream}\\n([^]*?)(?=^--- )`, 'm').exec(text(name))?.[1] ?? '';

const recorded = () => ({
  list: part('list.txt', 'stdout'),
  long: text('list-l.json'),
  uptime: part('uptime.txt', 'stdout'),
  info: part('info.txt', 'stdout'),
});

describe('what xl says', () => {
  it('gives the domains with their configs, without Domain-0', () => {
    const { domains, machine } = readSight(recorded());
    assert.deepEqual(
      domains.map(({ config, ...rest }) => ({ ...rest, uuid: config === null ? null : uuidOf(config) })),
      [
        {
          domid: 1,
          name: 'wwwinfo16',
          state: 'running',
          memory: 128,
          vcpus: 1,
          uptimeSeconds: 23,
          uuid: '86397c20-61c7-4bc6-92d5-135c4f5a5a80',
        },
        {
          domid: 2,
          name: 'siteclient',
          state: 'running',
          memory: 128,
          vcpus: 1,
          uptimeSeconds: 17,
          uuid: 'd27ecf40-f28b-43a7-8085-dae8eaab5f73',
        },
      ],
    );
    assert.deepEqual(machine, { memory: 3071, freeMemory: 2014, cpus: 2, fixedDom0: true });
  });

  it('knows a domain without a name, half made or half gone, and one that another moment saw', () => {
    const list = `${recorded().list}(null)                                       3     0     1     --psc-       0.1
wwwinfo16                                   4    16     1     ---s-d       0.1
half made one                               5    16     1     --p---       0.0
`;
    const { domains } = readSight({ ...recorded(), list });
    assert.deepEqual(
      domains.slice(2).map(({ domid, name, state, config }) => [domid, name, state, config]),
      [
        [3, null, 'crashed', null],
        [4, 'wwwinfo16', 'dying', null],
        [5, 'half made one', 'paused', null],
      ],
    );
    // A domid that was renamed between two calls is not taken for the other's config.
    const renamed = recorded().list.replace('siteclient', 'other     ');
    assert.equal(readSight({ ...recorded(), list: renamed }).domains[1]?.config, null);
  });

  it('reads names of every kind from the right', () => {
    assert.equal(readList(text('list-digits-name.txt')).at(-1)?.name, '123');
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,60}[A-Za-z0-9]$/),
            domid: fc.integer({ min: 0, max: 65_535 }),
            memory: fc.integer({ min: 0, max: 9_999_999 }),
            vcpus: fc.integer({ min: 1, max: 512 }),
            flags: fc.constantFrom('r-----', '-b----', '------', '--p---', '---s--', '----c-', '-----d', '--psc-'),
          }),
        ),
        (rows) => {
          const lines = rows.map(
            ({ name, domid, memory, vcpus, flags }) =>
              `${name.padEnd(40)} ${String(domid).padStart(5)} ${String(memory).padStart(5)} ${String(vcpus).padStart(5)}     ${flags}  ${'12.3'.padStart(8)}`,
          );
          const head = 'Name                                        ID   Mem VCPUs\tState\tTime(s)';
          assert.deepEqual(
            readList([head, ...lines, ''].join('\n')).map(({ name, domid, memory, vcpus }) => ({
              name,
              domid,
              memory,
              vcpus,
            })),
            rows.map(({ name, domid, memory, vcpus }) => ({ name, domid, memory, vcpus })),
          );
        },
      ),
      { numRuns: 300, seed: 6 },
    );
  });

  it('refuses what it does not know', () => {
    for (const broken of [
      { list: '' },
      { list: 'Name\n' },
      { list: `${recorded().list}web 1\n` },
      { long: '{}' },
      { long: '[{"domid": 1}]' },
      { long: recorded().long.slice(0, 500) },
      { info: 'host: dom0\n' },
    ])
      assert.throws(() => readSight({ ...recorded(), ...broken }), Error, JSON.stringify(broken).slice(0, 80));
  });

  it('reads days of uptime', () => {
    const uptime = recorded().uptime.replace(' 0:00:23', '12 days,  3:04:05');
    assert.equal(readSight({ ...recorded(), uptime }).domains[0]?.uptimeSeconds, 12 * 86_400 + 3 * 3_600 + 4 * 60 + 5);
  });

  it('has a name where the config has one', () => {
    assert.equal(nameOf({}), null);
    assert.equal(uuidOf({ c_info: {} }), null);
  });
});

describe('why xl failed', () => {
  const reasons: Readonly<Record<string, string>> = {
    'err-cfg-bad-bridge.txt':
      '/etc/xen/scripts/vif-bridge online [948] exited with error status 1; script: Could not find bridge device nobr',
    'err-cfg-bad-disk.txt': 'Disk vdev=xvda failed to stat: /dev/nosuch: No such file or directory',
    'err-cfg-bad-kernel.txt':
      "xg_dom_core.c:205: failed to open file '/boot/nosuch': No such file or directory: Internal error",
    'err-cfg-bad-script.txt': 'cannot execute /etc/xen/scripts/vif-nosuch: No such file or directory',
    'err-cfg-bad-type.txt': 'Invalid domain type zz.',
    'err-cfg-no-kernel.txt': 'Neither kernel nor bootloader specified',
    'err-cfg-slash-name.txt':
      'No such file or directory: logfile = open(fullname, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)',
    'err-cfg-syntax.txt': 'v-syntax.cfg:2: config parsing error near `"v\': lexical error',
    'err-duplicate-name.txt': 'Domain 3:Domain with name "wwwinfo16" already exists.',
    'err-no-config.txt': 'Failed to read config file: nosuch.cfg: No such file or directory',
    'err-no-such-domain-destroy.txt': 'nosuch is an invalid domain identifier (rc=-6)',
    'err-not-root.txt': 'xencall: error: Could not obtain handle on privileged command interface: Permission denied',
    'err-out-of-memory.txt':
      "xg_dom_boot.c:119: xc_dom_boot_mem_init: can't allocate low memory for domain: Out of memory",
    'err-shutdown-unheard.txt': "guest didn't acknowledge control request: -9",
    'mem-set-over-max.txt': 'Domain 1:memory_dynamic_max must be less than or equal to memory_static_max',
    'vcpu-set-over-max.txt':
      'You are overcommmitting! You have 2 physical CPUs and want 5 vCPUs! Aborting, use --ignore-host to continue',
  };
  for (const [name, reason] of Object.entries(reasons))
    it(name, () => assert.equal(xlError(part(name, 'stderr')), reason));

  it('tells a guest that was deaf to a shutdown from all else', () => {
    assert.ok(wasUnheard(part('err-shutdown-unheard.txt', 'stderr')));
    assert.ok(!wasUnheard(part('err-no-such-domain-destroy.txt', 'stderr')));
  });

  it('of silence nothing', () => assert.equal(xlError('Parsing config from x\n'), ''));
});
