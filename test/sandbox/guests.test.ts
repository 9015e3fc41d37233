// Promise: guests follow the repository under the daemon: made, changed, stopped and removed by commits, recognised after
// a kill, and one that cannot be made holds up neither the others nor a forward.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reference } from '../../deploy/sandbox/network.ts';
import { startSandbox } from '../../deploy/sandbox/sandbox.ts';
import { makeState, writeConfig } from '../../deploy/sandbox/state.ts';

const withinMs = 15_000;

const shop = (ip: string, state: string): string =>
  [
    'memory: 256',
    'vcpus: 1',
    `state: ${state}`,
    `interfaces: [{ network: lan, ip: ${ip} }]`,
    'forwards: [{ port: 8080 }]',
    '',
  ].join('\n');

interface GuestRow {
  readonly name: string;
  readonly state: string;
  readonly detail: string | null;
}

describe('guests under the daemon', () => {
  it('follow the repository', async () => {
    const sandbox = await startSandbox({ backend: 'nft', reached: 'mac', bridgeNf: 0 });
    try {
      const state = await makeState(sandbox, 'mac');
      writeConfig(sandbox, { schedule: '*/1 * * * * *' });
      assert.equal((await sandbox.natroute(['apply', '--yes'])).code, 0);
      let daemon = await sandbox.daemon();
      const until = async (what: string, look: () => Promise<boolean>): Promise<void> => {
        for (const end = Date.now() + withinMs; !(await look());) {
          if (Date.now() > end) assert.fail(`${what}: not within ${withinMs} ms\n${daemon.log()}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      /** What runs is only deleted once a person said so. */
      const approve = async (guest: string): Promise<void> => {
        const held = `deletes the running guest ${guest}:`;
        await until(`${guest} to be held`, () => Promise.resolve(daemon.log().includes(held)));
        assert.equal((await sandbox.natroute(['approve', '--yes'])).code, 0);
      };
      const names = async (): Promise<readonly string[]> =>
        (await sandbox.must('dom0', ['ip', 'netns', 'list'])).split('\n').map((line) => line.split(' ')[0] ?? '');
      const answers = async (port: number, name: string): Promise<boolean> => {
        const outcome = await sandbox.connect('internet', { to: reference.main, port, timeoutMs: 1000 });
        return typeof outcome !== 'string' && outcome.name === name;
      };
      const rows = async (): Promise<readonly GuestRow[]> =>
        (JSON.parse((await sandbox.natroute(['status', '--json'])).stdout) as { guests: readonly GuestRow[] }).guests;

      // A new guest; and one whose name somebody's own namespace has.
      await sandbox.must('dom0', ['ip', 'netns', 'add', 'bad']);
      await state.push(
        {
          'guests/bad.yaml': shop('192.168.1.40', 'running').replace('8080', '8081'),
          'guests/shop.yaml': shop('192.168.1.41', 'running'),
        },
        'Add two guests',
      );
      await until('main:8080 by the shop', () => answers(8080, 'shop'));
      assert.equal(await answers(80, 'web'), true);
      const bad = (await rows()).find((row) => row.name === 'bad');
      assert.equal(bad?.state, 'failed');
      assert.match(bad.detail ?? '', /namespace bad exists that natroute did not make/);

      // Another address: guest and forward move.
      await state.push(
        { 'guests/bad.yaml': null, 'guests/shop.yaml': shop('192.168.1.42', 'running') },
        'Move the shop',
      );
      await approve('bad');
      await until('the shop at its new address', async () =>
        (await sandbox.must('shop', ['ip', '-brief', 'address', 'show', 'eth0'])).includes('192.168.1.42/24'),
      );
      await until('main:8080 by the moved shop', () => answers(8080, 'shop'));
      assert.ok((await names()).includes('bad'), 'what natroute did not make stays');

      // Killed, the daemon knows its own again, and makes nothing anew.
      const inode = await sandbox.must('dom0', ['stat', '--dereference', '--format=%i', '/run/netns/shop']);
      await daemon.kill();
      daemon = await sandbox.daemon();
      await until('the guests to be known again', async () => (await rows()).every((row) => row.state === 'converged'));
      assert.equal(await sandbox.must('dom0', ['stat', '--dereference', '--format=%i', '/run/netns/shop']), inode);
      assert.equal(await answers(8080, 'shop'), true);

      // What somebody breaks by hand is mended.
      await sandbox.must('dom0', ['ip', 'link', 'delete', 'vifshop']);
      await until('the shop to be mended', () => answers(8080, 'shop'));

      // Stopped: gone with its processes; its forward stays open and reaches nobody.
      await state.push({ 'guests/shop.yaml': shop('192.168.1.42', 'stopped') }, 'Stop the shop');
      await until('the shop to stop', async () => !(await names()).includes('shop'));
      await state.push({ 'guests/shop.yaml': shop('192.168.1.42', 'running') }, 'Start the shop');
      await until('the shop to run again', () => answers(8080, 'shop'));

      // Its file deleted: the forward closes, the guest stays, and is shown as nobody's.
      await state.push({ 'guests/shop.yaml': null }, 'Forget the shop');
      await approve('shop');
      await until('the shop to be shown as unmanaged', async () =>
        (await rows()).some((row) => row.name === 'shop' && row.state === 'unmanaged'),
      );
      assert.equal(await sandbox.connect('internet', { to: reference.main, port: 8080 }), 'refused');
      assert.equal(await answers(80, 'web'), true);
      assert.equal(await daemon.stop(), 0);
      assert.deepEqual((await names()).filter((name) => name !== '').sort(), [
        'bad',
        'dom0',
        'internet',
        'mail',
        'shop',
        'siteclient',
        'web',
      ]);
    } finally {
      await sandbox.stop();
    }
  });
});
