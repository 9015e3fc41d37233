// Promise: a status is had whatever became of the file in which the guests' process tells how guests stand.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readGuestsReport, writeGuestsReport } from '../../src/engine/guests-report.ts';
import { limits } from '../../src/model/limits.ts';
import { pathsUnder } from '../../src/model/paths.ts';
import type { Clock } from '../../src/ports.ts';
import { createFakeFiles } from '../fakes/files.ts';

const noon = Date.parse('2026-11-22T12:00:00Z');

it('a report counts while it is young, whole and of a format that is known', async () => {
  const [files, paths] = [createFakeFiles(), pathsUnder('')];
  let now = noon;
  const clock: Clock = { now: () => new Date(now), uptime: () => now / 1000, sleep: () => Promise.resolve() };
  const doors = { files, paths, clock };
  assert.equal(await readGuestsReport(doors), null);
  const report = { format: 1, at: new Date(noon).toISOString(), pid: 7, failed: null, guests: [] } as const;
  await writeGuestsReport(doors, report);
  assert.deepEqual(await readGuestsReport(doors), report);
  for (const seconds of [1, -1]) {
    now = noon + seconds * (limits.guestsReportSeconds + 1) * 1000;
    assert.equal(await readGuestsReport(doors), null, 'too old, or from before the clock was put right');
  }
  now = noon;
  for (const broken of ['', '{"format":1,', 'null', '{"format":2}', '{"format":1}']) {
    await files.write(paths.guestsReport, broken, 0o644);
    assert.equal(await readGuestsReport(doors), null, broken);
  }
});
