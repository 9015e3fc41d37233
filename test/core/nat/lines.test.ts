// Promise: two chains count as the same only where each of their rules is, whatever was kept from before.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linesOf, sameRules } from '../../../src/core/nat/lines.ts';

const rules = (...texts: readonly string[]): readonly { readonly text: string }[] => texts.map((text) => ({ text }));

describe('the lines of a chain', () => {
  it('are those by which restore knows its rules', () => {
    assert.equal(linesOf('NR-DST', rules('-j A', '-j B')), '-A NR-DST -j A\n-A NR-DST -j B\n');
    assert.equal(linesOf('filter NR-FWD', rules('-j A')), '-A NR-FWD -j A\n');
  });

  it('are made anew for another chain with the same rules', () => {
    const same = rules('-j A');
    assert.equal(linesOf('ONE', same), '-A ONE -j A\n');
    assert.equal(linesOf('TWO', same), '-A TWO -j A\n');
    assert.equal(linesOf('ONE', same), '-A ONE -j A\n');
  });
});

describe('the same rules', () => {
  it('have the same texts in the same order', () => {
    assert.ok(sameRules('ONE', rules('-j A', '-j B'), rules('-j A', '-j B')));
    assert.ok(!sameRules('ONE', rules('-j A', '-j B'), rules('-j B', '-j A')));
    assert.ok(!sameRules('ONE', rules('-j A', '-j B'), rules('-j A')));
    assert.ok(!sameRules('ONE', rules('-j A'), rules('-j B')));
  });

  it('are not those whose newlines only make the lines look the same', () => {
    const one = rules('-j A', '"x"\n-A ONE -j B');
    const other = rules('-j A\n-A ONE "x"', '-j B');
    assert.equal(linesOf('ONE', one), linesOf('ONE', other));
    assert.ok(!sameRules('ONE', one, other));
  });
});
