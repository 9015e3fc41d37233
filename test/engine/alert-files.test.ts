// Promise: what a disk refuses of alerts is kept, read as if it were there, and reaches the disk in its order.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createAlertFiles } from '../../src/engine/alert-files.ts';
import { Fault } from '../../src/model/fault.ts';
import { createFakeFiles } from '../fakes/files.ts';

const full = (): never => {
  throw new Fault('disk', 'Cannot write: the disk is full.');
};

it('what the disk refuses is kept, and reaches it in its order', async () => {
  const disk = createFakeFiles();
  const files = createAlertFiles(disk);
  await files.write('/a/one.json', '1');
  disk.trouble = full;
  await files.write('/a/sending.json', 'of one');
  await files.remove('/a/one.json');
  await files.write('/a/sending.json', 'of one, again');
  await files.write('/b/two.json', '2');
  assert.deepEqual([await files.list('/a'), await files.list('/b')], [['sending.json'], ['two.json']]);
  assert.equal(new TextDecoder().decode((await files.read('/a/sending.json')) ?? undefined), 'of one, again');
  assert.equal(await files.read('/a/one.json'), null);
  assert.equal((await files.settle())?.message, 'Cannot write: the disk is full.');
  // Sent, and something newer is under way: the first must be gone before it is there.
  await files.remove('/a/sending.json');
  await files.write('/a/sending.json', 'of two');
  await files.remove('/b/two.json');
  const order: string[] = [];
  disk.trouble = (call, path) => {
    if (call !== 'makeFolder') order.push(`${call} ${path}`);
  };
  assert.equal(await files.settle(), null);
  assert.deepEqual(order, ['remove /a/one.json', 'write /a/sending.json', 'remove /b/two.json']);
  assert.deepEqual([disk.text('/a/sending.json'), disk.text('/b/two.json')], ['of two', null]);
  assert.equal(await files.settle(), null);
});

it('a disk that takes only some of it gets the rest later', async () => {
  const disk = createFakeFiles();
  const files = createAlertFiles(disk);
  disk.trouble = full;
  await files.write('/a/one.json', '1');
  await files.write('/a/two.json', '2');
  disk.trouble = (_call, path) => {
    if (path === '/a/two.json') full();
  };
  await files.write('/a/three.json', '3');
  assert.deepEqual(await files.list('/a'), ['one.json', 'three.json', 'two.json']);
  disk.trouble = null;
  assert.equal(await files.settle(), null);
  assert.deepEqual(
    disk.paths().filter((path) => path.endsWith('.json')),
    ['/a/one.json', '/a/three.json', '/a/two.json'],
  );
});
