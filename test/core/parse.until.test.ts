/** `until`: the end of a day or a time, in the host's timezone, as UTC; and what is no date at all. */
import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { spellUntil } from '../../src/core/parse/spell/dates.ts';

describe('until', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['2026-12-31', 'UTC', '2026-12-31T23:59:59'],
    ['2026-12-31', 'Europe/Paris', '2026-12-31T22:59:59'],
    ['2026-07-31', 'Europe/Paris', '2026-07-31T21:59:59'],
    ['2028-02-29', 'UTC', '2028-02-29T23:59:59'],
    ['2026-12-31T18:00', 'Europe/Paris', '2026-12-31T17:00:00'],
    ['2026-12-31 18:00:30', 'Europe/Paris', '2026-12-31T17:00:30'],
    ['2026-12-31T18:00Z', 'Europe/Paris', '2026-12-31T18:00:00'],
    ['2026-12-31T18:00:00+05:30', 'Europe/Paris', '2026-12-31T12:30:00'],
    ['2026-12-31T18:00:00-01:00', 'Europe/Paris', '2026-12-31T19:00:00'],
    // Clocks go back from 3:00 to 2:00: of the two 2:30 the first.
    ['2026-10-25T02:30', 'Europe/Paris', '2026-10-25T00:30:00'],
    ['2026-10-25', 'Europe/Paris', '2026-10-25T22:59:59'],
    // These zones change at midnight: the day ends where the next one begins.
    ['2026-09-05', 'America/Santiago', '2026-09-06T03:59:59'],
    ['2026-04-04', 'America/Santiago', '2026-04-05T03:59:59'],
    ['2026-12-31', 'Pacific/Kiritimati', '2026-12-31T09:59:59'],
    ['2038-01-18', 'UTC', '2038-01-18T23:59:59'],
    ['2038-01-19T03:14:06Z', 'UTC', '2038-01-19T03:14:06'],
  ];
  for (const [text, timezone, utc] of cases)
    it(`${text} in ${timezone}`, () => assert.deepEqual(spellUntil(text, timezone), { value: utc }));

  const refused: readonly (readonly [string, string])[] = [
    ['2027-02-29', 'UTC'],
    ['2026-02-30', 'UTC'],
    ['2026-00-10', 'UTC'],
    ['2026-1-1', 'UTC'],
    ['2038-01-19T03:14:07Z', 'UTC'],
    ['2038-01-19', 'UTC'],
    ['9999-12-31', 'UTC'],
    ['2027-03-28T02:30', 'Europe/Paris'],
    ['2026-12-31T18', 'UTC'],
    ['2026-12-31T18:60', 'UTC'],
    ['2026-12-31T18:00+15:00', 'UTC'],
    ['2026-12-31Z', 'UTC'],
    ['', 'UTC'],
  ];
  for (const [text, timezone] of refused)
    it(`refuses ${text} in ${timezone}`, () => {
      const spelled = spellUntil(text, timezone);
      assert.equal('problem' in spelled ? spelled.problem.code : null, 'date');
    });
});
