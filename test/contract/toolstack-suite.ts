/**
 * Promise: a toolstack makes a guest as desired, leaves it alone then, knows its own after a restart, and never touches
 * what somebody else made. The same suite holds the fake, network namespaces and the real xl.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Guest, GuestState, Host } from '../../src/model/desired.ts';
import { Fault } from '../../src/model/fault.ts';
import type { ObservedGuest, Toolstack } from '../../src/ports.ts';

export interface Bench {
  readonly host: Host;
  readonly guests: readonly [mail: Guest, siteclient: Guest, web: Guest];
  /** Web with a wish that can be done while it runs. */
  readonly otherWeb: Guest;
  /** As a fresh process would make it. */
  readonly open: () => Toolstack;
  readonly existing: () => Promise<readonly string[]>;
  /** Absent where a name says whose a guest is: then nobody else's can bear it. */
  readonly addForeign?: (name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

const inState = (guest: Guest, state: GuestState): Guest => ({ ...guest, state });
const brief = ({ name, state, differs }: ObservedGuest) => ({ name, state, differs });

interface Kind {
  /** Whether something of a guest's name may be somebody else's. */
  readonly foreign: boolean;
}

export function testToolstack(title: string, open: () => Promise<Bench>, { foreign }: Kind): void {
  describe(`Toolstack: ${title}`, () => {
    let bench: Bench;
    before(async () => {
      bench = await open();
    });
    after(() => bench.close());

    const differs = async (tools: Toolstack, guest: Guest): Promise<string> =>
      (await tools.observe(bench.host, [guest])).find((seen) => seen.name === guest.name)!.differs;

    it('makes guests, says what it did, and then has nothing to do', async () => {
      const { host, guests } = bench;
      const [, , web] = guests;
      const tools = bench.open();
      assert.notEqual(await differs(tools, web), '');
      for (const guest of guests) assert.notDeepEqual(await tools.converge(host, guest), [], guest.name);
      assert.deepEqual(
        (await tools.observe(host, guests)).map(brief),
        guests.map(({ name }) => ({ name, state: 'running', differs: '' })),
      );
      assert.deepEqual(await tools.converge(host, web), []);
      assert.deepEqual(await bench.existing(), ['mail', 'siteclient', 'web']);
    });

    it('knows its own after a restart, and names those that nobody asks for any more', async () => {
      const observed = (await bench.open().observe(bench.host, [bench.guests[0]])).map(brief);
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
      const { host, otherWeb: moved } = bench;
      const [, , web] = bench.guests;
      const tools = bench.open();
      assert.notEqual(await differs(tools, moved), '');
      assert.notDeepEqual(await tools.converge(host, moved), []);
      assert.equal(await differs(tools, moved), '');
      assert.notEqual(await differs(tools, web), '');
      await tools.converge(host, web);
      assert.equal(await differs(tools, web), '');
    });

    it('stops, removes and leaves alone, as the state says', async () => {
      const { host } = bench;
      const [, siteclient, web] = bench.guests;
      const tools = bench.open();
      for (const state of ['stopped', 'absent'] as const) {
        assert.notEqual(await differs(tools, inState(web, state)), '');
        assert.notDeepEqual(await tools.converge(host, inState(web, state)), []);
        assert.deepEqual(await bench.existing(), ['mail', 'siteclient'], state);
        assert.deepEqual((await tools.observe(host, [inState(web, state)])).map(brief)[0], {
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

    if (!foreign) return;
    it('never touches what somebody else made under a guest’s name', async () => {
      const { host, addForeign } = bench;
      assert.ok(addForeign !== undefined);
      const [, , web] = bench.guests;
      const tools = bench.open();
      const other: Guest = { ...web, name: 'other' };
      await addForeign('other');
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
