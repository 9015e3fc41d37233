// The Locks port against the real kernel: one holder, named to the others, and gone with its process.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createLocks } from '../../src/adapters/locks.ts';
import { Fault } from '../../src/model/fault.ts';

let top = '';
before(() => {
  top = mkdtempSync(join(tmpdir(), 'natroute-locks-'));
});
after(() => rmSync(top, { recursive: true, force: true }));

/** Another process that takes the lock, starts a long-lived child, and holds on. */
async function otherHolder(name: string): Promise<ChildProcess> {
  const program = join(top, `${name}.mts`);
  writeFileSync(
    program,
    `import { createLocks } from '${join(import.meta.dirname, '../../src/adapters/locks.ts')}';
     import { spawn } from 'node:child_process';
     await createLocks('${top}').acquire('${name}', 0);
     const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
     console.log(child.pid);
     setInterval(() => {}, 1000);`,
  );
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data: Buffer) => resolve(data.toString())),
  );
  after(() => {
    try {
      process.kill(Number(pid));
    } catch {
      // It ended by itself.
    }
  });
  return child;
}

describe('locks', () => {
  it('lets one in at a time, also inside one process', async () => {
    const locks = createLocks(top);
    const first = await locks.acquire('pass', 0);
    await assert.rejects(locks.acquire('pass', 0), (error) => error instanceof Fault && error.code === 'lock-held');
    const other = await locks.acquire('guests', 0);
    await other.release();
    await first.release();
    await first.release();
    const second = await locks.acquire('pass', 0);
    await second.release();
  });

  it('waits for the holder, and no longer than asked', async () => {
    const locks = createLocks(top);
    const first = await locks.acquire('waited', 0);
    const started = performance.now();
    await assert.rejects(locks.acquire('waited', 0.3), /also after 0.3 s/);
    const waited = performance.now() - started;
    assert.ok(waited > 250 && waited < 3000, String(waited));
    const second = locks.acquire('waited', 10);
    await first.release();
    await (await second).release();
  });

  it('names the process that holds it; the lock dies with that process, not with its children', async () => {
    const locks = createLocks(top);
    const child = await otherHolder('held');
    await assert.rejects(locks.acquire('held', 0), (error) => {
      assert.ok(error instanceof Fault);
      assert.equal(error.code, 'lock-held');
      assert.match(error.message, new RegExp(`held\\.mts \\(pid ${child.pid ?? 0}\\) holds ${top}/held\\.lock`));
      return true;
    });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    const lock = await locks.acquire('held', 5);
    await lock.release();
  });

  it('says what is wrong with the folder', async () => {
    await assert.rejects(
      createLocks(join(top, 'absent')).acquire('pass', 0),
      (error) => error instanceof Fault && error.code === 'disk',
    );
  });

  it('names the missing package', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = top;
    try {
      await assert.rejects(
        createLocks(top).acquire('none', 0),
        (error) =>
          error instanceof Fault && error.code === 'command-missing' && /util-linux/.test(error.detail.help ?? ''),
      );
    } finally {
      process.env['PATH'] = path;
    }
  });
});
