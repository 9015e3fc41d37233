// Promise: the audit log is read from its end, no further back than asked and no more than its bound, across a rotation
// and while its last line is still written; a host without a trail says so, and one that may not be read is a fault.
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createTrail } from '../../src/adapters/trail.ts';
import { limits } from '../../src/model/limits.ts';
import type { Touch } from '../../src/model/trail.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'natroute-trail-'));
  writeFileSync(join(folder, 'auditd.conf'), `# log_file = /nowhere\n log_file = ${folder}/audit.log\n`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (): string => join(folder, 'audit.log');
const start = Date.parse('2026-11-22T10:00:00Z');
const line = (second: number, padding = ''): string =>
  `type=NETFILTER_CFG msg=audit(${start / 1000 + second}.000:${second}): pid=${second}${padding}\n`;
const at = (second: number): Date => new Date(start + second * 1000);

/** Each line is a touch, by its pid. */
function readTouches(lines: readonly string[]): readonly Touch[] {
  return lines.map((text) => {
    const found = /^type=NETFILTER_CFG msg=audit\((\d+)\.000:\d+\): pid=(\d+)/.exec(text);
    assert.ok(found !== null, `a line without its beginning: ${text.slice(0, 80)}`);
    const pid = Number(found[2]);
    const actor = { process: 'nft', pid, user: null };
    return { at: new Date(Number(found[1]) * 1000), family: 'v4', pid, parentPid: null, first: false, actor };
  });
}

let read = 0;
function pidsSince(
  second: number,
  enough: (found: readonly Touch[]) => boolean = () => true,
): Promise<number[] | null> {
  const trail = createTrail({
    readTouches: (lines) => {
      read = lines.length;
      return readTouches(lines);
    },
    lineOfJournal: () => null,
    auditConfig: join(folder, 'auditd.conf'),
    auditPidFile: join(folder, 'none.pid'),
  });
  return trail.touches(at(second), enough).then((touches) => touches?.map(({ pid }) => pid) ?? null);
}

describe('the audit log', () => {
  it('is read back to the time asked for, and not to its beginning', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => line(i, ` ${'x'.repeat(60)}`));
    writeFileSync(path(), lines.join(''));
    assert.deepEqual(await pidsSince(19_996), [19_997, 19_998, 19_999]);
    assert.ok(read < 3_000, `${read} lines were read`);
  });

  it('is read on in the log before it, where it was rotated meanwhile', async () => {
    writeFileSync(path(), [1, 2, 3].map((i) => line(i)).join(''));
    renameSync(path(), `${path()}.1`);
    writeFileSync(path(), [4, 5].map((i) => line(i)).join(''));
    assert.deepEqual(await pidsSince(1), [2, 3, 4, 5]);
    // All that is asked for is in the new one.
    writeFileSync(path(), [400, 401, 402].map((i) => line(i)).join(''));
    assert.deepEqual(await pidsSince(500), []);
    assert.equal(read, 3);
  });

  it('gives no line that is still being written', async () => {
    writeFileSync(path(), line(1) + line(2).slice(0, -5));
    assert.deepEqual(await pidsSince(0), [1]);
    appendFileSync(path(), line(2).slice(-5));
    assert.deepEqual(await pidsSince(0), [1, 2]);
  });

  it('is bounded', async () => {
    const padding = ` ${'x'.repeat(4000)}`;
    const count = Math.ceil(limits.trailBytes / 4000) + 500;
    writeFileSync(path(), Array.from({ length: count }, (_, i) => line(i, padding)).join(''));
    const pids = (await pidsSince(0)) ?? [];
    assert.equal(pids.at(-1), count - 1);
    assert.ok(pids.length * 4000 <= limits.trailBytes, `${pids.length} lines`);
  });

  it('is waited for while it may still come, and not for ever', async () => {
    writeFileSync(path(), line(1));
    setTimeout(() => appendFileSync(path(), line(2)), 40);
    assert.deepEqual(await pidsSince(0, (found) => found.length === 2), [1, 2]);
    const began = performance.now();
    assert.deepEqual(await pidsSince(0, () => false), [1, 2]);
    const waited = performance.now() - began;
    assert.ok(waited >= limits.trailWaitMs && waited < limits.trailWaitMs + 2000, `${waited} ms`);
  });

  it('does not count where nobody writes to it any more', async () => {
    writeFileSync(path(), line(1));
    utimesSync(path(), at(1), at(1));
    // A machine without a journal has no trail then.
    const answer = await pidsSince(100);
    assert.ok(answer === null || answer.length === 0);
    rmSync(path());
    assert.ok(((await pidsSince(0)) ?? []).length === 0);
  });
});
