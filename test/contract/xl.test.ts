// Promise: whatever the program xl does, its call ends in time and leaves nothing behind, and why it failed is said by the
// line that tells it. Programs of this test stand in for it, first in the PATH; they say what the real one was heard to say.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createFiles } from '../../src/adapters/files.ts';
import { createXl } from '../../src/adapters/toolstack/xl.ts';
import { xlError } from '../../src/core/guests/sight.ts';
import { Fault, type FaultCode } from '../../src/model/fault.ts';
import { golden } from '../core/state-files.ts';

const path = process.env['PATH'] ?? '';
let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'natroute-xl-'));
  process.env['PATH'] = `${folder}:${path}`;
});
after(() => {
  process.env['PATH'] = path;
  rmSync(folder, { recursive: true, force: true });
});

const open = () => createXl({ files: createFiles(), folder: join(folder, 'configs'), reason: xlError });
const standIn = (script: string): void => writeFileSync(join(folder, 'xl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

async function faultOf(run: Promise<unknown>, code: FaultCode): Promise<Fault> {
  const error: unknown = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Fault, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

/** A zombie that nobody has reaped yet is dead too. */
function alive(pid: string): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

async function gone(pid: string): Promise<boolean> {
  for (let i = 0; i < 250 && alive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  return !alive(pid);
}

describe('the xl port', () => {
  it('hands words over as they are, and gives back what xl says', async () => {
    standIn('printf "[%s]" "$@"; echo "some progress" >&2');
    assert.equal(await open().run(['create', '-n', 'a b;$(id).cfg'], 30), '[create][-n][a b;$(id).cfg]');
  });

  it('keeps a config where only root reads it', async () => {
    const kept = await open().keep('web', 'name = "web"\n');
    assert.equal(readFileSync(kept, 'utf8'), 'name = "web"\n');
    assert.equal(statSync(kept).mode & 0o777, 0o600);
  });

  it('tries a config in a file of its own, which is gone then, and touches no kept one', async () => {
    const kept = await open().keep('web', 'kept\n');
    standIn('cat "$3"; case "$3" in */web.cfg) echo the kept one;; esac; grep -q bad "$3" && exit 1; true');
    assert.equal(await open().dryRun('web', 'tried\n', 30), 'tried\n');
    await faultOf(open().dryRun('web', 'bad\n', 30), 'command-failed');
    assert.deepEqual(readdirSync(join(folder, 'configs')), ['web.cfg']);
    assert.equal(readFileSync(kept, 'utf8'), 'kept\n');
  });

  it('tries two configs of one guest at once, each in its own file', async () => {
    standIn('sleep 0.2; cat "$3"');
    const xl = open();
    const said = await Promise.all(['one\n', 'two\n'].map((config) => xl.dryRun('web', config, 30)));
    assert.deepEqual(said, ['one\n', 'two\n']);
  });

  it('fails with the line that says why, of the many that xl says', async () => {
    const sample = readFileSync(join(golden, 'xl', 'err-duplicate-name.txt'), 'utf8');
    writeFileSync(join(folder, 'said'), /^--- stderr\n([^]*?)(?=^--- )/m.exec(sample)?.[1] ?? '');
    standIn(`cat '${join(folder, 'said')}' >&2; exit 3`);
    const fault = await faultOf(open().run(['create', 'x.cfg'], 30), 'command-failed');
    assert.equal(fault.message, 'Domain 3:Domain with name "wwwinfo16" already exists.');
    standIn('exit 139');
    assert.match(
      (await faultOf(open().run(['list'], 30), 'command-failed')).message,
      /xl ended with 139 and said nothing/,
    );
  });

  it('ends an xl that hangs, with the scripts that it started, and says where to look', async () => {
    // As xl create and its hotplug script: a child, and one of that one, all waiting.
    standIn(`echo $$ > '${folder}/pid'; (sh -c 'echo $$ > "${folder}/script"; sleep 1000; true'); sleep 1000`);
    const fault = await faultOf(open().run(['list'], 5), 'command-timeout');
    assert.match(fault.message, /did not end within 5 s/);
    assert.match(fault.detail.help ?? '', /xenstored/);
    for (const name of ['pid', 'script']) assert.ok(await gone(readFileSync(join(folder, name), 'utf8').trim()), name);
  });

  it('does not wait for the one that xl leaves behind to watch over a guest', async () => {
    standIn(`setsid sleep 1000 & echo $! > '${folder}/daemon'; echo made`);
    assert.equal(await open().run(['create', 'x.cfg'], 30), 'made\n');
    const daemon = readFileSync(join(folder, 'daemon'), 'utf8').trim();
    assert.ok(alive(daemon), 'it lives on');
    process.kill(Number(daemon), 'SIGKILL');
  });

  it('says that there is no xl', async () => {
    rmSync(join(folder, 'xl'));
    process.env['PATH'] = folder;
    try {
      const fault = await faultOf(open().run(['list'], 30), 'command-missing');
      assert.match(fault.detail.help ?? '', /apt-get install xen-utils-common/);
    } finally {
      process.env['PATH'] = `${folder}:${path}`;
    }
  });
});
