// Promise: a toolstack makes a guest as desired, leaves it alone then, knows its own after a restart, and never touches
// what somebody else made. The same suite holds the fake against network namespaces.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { toolstackIn } from '../../deploy/sandbox/guests.ts';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';
import { startSandbox, type Sandbox } from '../../deploy/sandbox/sandbox.ts';
import type { Guest, GuestState } from '../../src/model/desired.ts';
import { Fault } from '../../src/model/fault.ts';
import type { Toolstack } from '../../src/ports.ts';
import { createFakeToolstack } from '../fakes/toolstack.ts';

interface Bench {
  /** As a fresh process would make it. */
  readonly open: () => Toolstack;
  readonly existing: () => Promise<readonly string[]>;
  readonly addForeign: (name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

const { host, guests } = referenceDesired({ reached: 'arp', ipv6: true });
const [mail, siteclient, web] = guests as [Guest, Guest, Guest];
const inState = (guest: Guest, state: GuestState): Guest => ({ ...guest, state });

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  'the fake': () => {
    const first = createFakeToolstack();
    return Promise.resolve({
      open: () => first.restart(),
      existing: () => Promise.resolve(first.existing()),
      addForeign: (name) => {
        first.addForeign(name);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    });
  },
  'network namespaces': async () => {
    const sandbox: Sandbox = await startSandbox({ backend: 'nft', reached: 'arp', bridgeNf: 0, ipv6: true });
    return {
      open: () => toolstackIn(sandbox),
      existing: async () => {
        const names = (await sandbox.must('dom0', ['ip', 'netns', 'list']))
          .split('\n')
          .map((line) => line.split(' ')[0]!);
        return names.filter((name) => !['', 'dom0', 'internet'].includes(name)).sort();
      },
      addForeign: async (name) => {
        await sandbox.must('dom0', ['ip', 'netns', 'add', name]);
      },
      close: () => sandbox.stop(),
    };
  },
};

for (const [title, open] of Object.entries(benches)) {
  describe(`Toolstack: ${title}`, () => {
    let bench: Bench;
    before(async () => {
      bench = await open();
    });
    after(() => bench.close());

    const differs = async (tools: Toolstack, guest: Guest): Promise<string> =>
      (await tools.observe(host, [guest])).find((seen) => seen.name === guest.name)!.differs;

    it('makes guests, says what it did, and then has nothing to do', async () => {
      const tools = bench.open();
      assert.notEqual(await differs(tools, web), '');
      for (const guest of guests) assert.notDeepEqual(await tools.converge(host, guest), [], guest.name);
      assert.deepEqual(
        await tools.observe(host, guests),
        guests.map(({ name }) => ({ name, state: 'running', differs: '' })),
      );
      assert.deepEqual(await tools.converge(host, web), []);
      assert.deepEqual(await bench.existing(), ['mail', 'siteclient', 'web']);
    });

    it('knows its own after a restart, and names those that nobody asks for any more', async () => {
      const observed = await bench.open().observe(host, [mail]);
      assert.deepEqual(observed[0], { name: 'mail', state: 'running', differs: '' });
      assert.deepEqual(
        observed.slice(1).map((seen) => [seen.name, seen.state, seen.differs !== '']),
        [
          ['siteclient', 'running', false],
          ['web', 'running', false],
        ],
      );
    });

    it('corrects a guest whose wish changed', async () => {
      const tools = bench.open();
      const entry = web.interfaces[0]!;
      assert.equal(entry.kind, 'nat');
      const moved: Guest = { ...web, interfaces: [{ ...entry, ips: { v4: '192.168.1.77' } }] };
      assert.notEqual(await differs(tools, moved), '');
      assert.notDeepEqual(await tools.converge(host, moved), []);
      assert.equal(await differs(tools, moved), '');
      assert.notEqual(await differs(tools, web), '');
      await tools.converge(host, web);
      assert.equal(await differs(tools, web), '');
    });

    it('stops, removes and leaves alone, as the state says', async () => {
      const tools = bench.open();
      for (const state of ['stopped', 'absent'] as const) {
        assert.notEqual(await differs(tools, inState(web, state)), '');
        assert.notDeepEqual(await tools.converge(host, inState(web, state)), []);
        assert.deepEqual(await bench.existing(), ['mail', 'siteclient'], state);
        assert.deepEqual((await tools.observe(host, [inState(web, state)]))[0], {
          name: 'web',
          state: 'stopped',
          differs: '',
        });
        assert.deepEqual(await tools.converge(host, inState(web, state)), []);
        await tools.converge(host, web);
      }
      const unmanaged = inState({ ...siteclient, interfaces: [] }, 'unmanaged');
      assert.equal(await differs(tools, unmanaged), '');
      assert.deepEqual(await tools.converge(host, unmanaged), []);
      assert.equal(await differs(tools, siteclient), '');
    });

    it('never touches what somebody else made under a guest’s name', async () => {
      const tools = bench.open();
      const other: Guest = { ...web, name: 'other' };
      await bench.addForeign('other');
      assert.equal((await tools.observe(host, [other]))[0]!.state, 'other');
      assert.notEqual(await differs(tools, other), '');
      await assert.rejects(tools.converge(host, other), (error) => error instanceof Fault && error.code === 'guarded');
      for (const state of ['stopped', 'absent', 'unmanaged'] as const) {
        assert.equal(await differs(tools, inState(other, state)), '', state);
        assert.deepEqual(await tools.converge(host, inState(other, state)), [], state);
      }
      assert.ok((await bench.existing()).includes('other'));
    });
  });
}
