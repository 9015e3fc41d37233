// Promise: the witness says "unchanged" only while it hears every change that the backend tells of; before it listens,
// after it ended, and after a change it says another thing, so that nobody trusts an old look.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWitness, type WitnessOptions } from '../../src/adapters/witness.ts';
import { createMonitorReader } from '../../src/core/monitor.ts';
import { limits } from '../../src/model/limits.ts';
import type { Witness } from '../../src/ports.ts';
import { inside, runInside } from './inside.ts';
import { openNetfilter } from './nat-table.ts';

const lockPath = process.env['XTABLES_LOCKFILE'] ?? '';

function newWitness(more: Partial<WitnessOptions> = {}): Witness {
  const netfilter = openNetfilter();
  return createWitness({
    probe: (family) => netfilter.probe(family),
    createReader: createMonitorReader,
    ownPids: new Set(),
    lockPath,
    ...more,
    commandText: (words) => words.join(' '),
  });
}

async function until<T>(what: string, look: () => T | null): Promise<T> {
  for (let i = 0; i < 400; i++) {
    const found = look();
    if (found !== null) return found;
    await sleep(25);
  }
  assert.fail(`${what} did not come in ten seconds`);
}

/** The watcher that this process started. */
function watcherPid(): number {
  const name = inside === 'nft' ? 'nft' : 'inotifywait';
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const pid = children.find((child) => readFileSync(`/proc/${child}/comm`, 'utf8').trim() === name);
  assert.ok(pid !== undefined, `no ${name} runs; the children are ${readdirSync('/proc').length}`);
  return Number(pid);
}

function changeByHand(): void {
  execFileSync('iptables', ['-w', '5', '-t', 'nat', '-A', 'POSTROUTING', '-o', 'tun0', '-j', 'MASQUERADE']);
}

if (inside === null) {
  describe('the witness', () => runInside(import.meta.url, 120));
} else {
  it('vouches for a quiet table, and for no other', async () => {
    // As after a boot.
    rmSync(lockPath, { force: true });
    const witness = newWitness();
    assert.equal(witness.version(), null);
    let hints = 0;
    const watching = await witness.start(() => (hints += 1));
    try {
      const { fullLookNftSeconds, fullLookSeconds } = limits;
      assert.equal(witness.silenceSeconds(), inside === 'nft' ? fullLookNftSeconds : fullLookSeconds);
      const quiet = await until('a watcher that hears', () => witness.version());
      await sleep(300);
      assert.equal(witness.version(), quiet);
      changeByHand();
      const moved = await until('another version', () => (witness.version() === quiet ? null : witness.version()));
      assert.ok(hints > 0);

      process.kill(watcherPid(), 'SIGKILL');
      await until('the end of the watcher', () => (witness.version() === null ? true : null));
      changeByHand();
      const next = await until('the next watcher', () => witness.version());
      assert.notEqual(next, moved);
      assert.notEqual(next, quiet);
    } finally {
      watching.stop();
    }
    assert.equal(witness.version(), null);
  });

  it(
    'in a pid namespace accuses no restore that may be our own, and hides no change',
    { skip: inside !== 'nft' },
    async () => {
      const witness = newWitness({ comparable: false, ownPids: new Set([1]) });
      let hints = 0;
      const watching = await witness.start(() => (hints += 1));
      try {
        await until('a watcher that hears', () => witness.version());
        execFileSync('iptables-restore', ['--noflush'], { input: '*nat\n-A OUTPUT -j RETURN\nCOMMIT\n' });
        await until('the restore', () => (hints > 0 ? true : null));
        changeByHand();
        await until('the change', () => (witness.seen().length > 1 ? true : null));
        const names = witness.seen().map(({ actor }) => actor.process);
        assert.deepEqual(names, [null, 'iptables']);
      } finally {
        watching.stop();
      }
    },
  );
}
