import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createParseMemo, parseState, type ParseMemo } from '../../src/core/parse/parse.ts';
import type { StateFile } from '../../src/model/state.ts';
import { hostFile, webFile } from '../fakes/reference.ts';

const options = { host: 'dedibox', now: new Date('2026-11-22T12:00:00Z') };

function files(contents: Readonly<Record<string, string>>): readonly StateFile[] {
  return Object.entries(contents).map(([path, text]) => {
    const content = new TextEncoder().encode(text);
    return { path, kind: 'file', bytes: content.byteLength, content };
  });
}

/** The parse with the memo must be the parse without it, whatever was parsed before. */
function same(memo: ParseMemo, contents: Readonly<Record<string, string>>): void {
  const state = files(contents);
  assert.deepEqual(parseState(state, { ...options, memo }), parseState(state, options));
}

describe('files that did not change', () => {
  const state = {
    'host.yaml': hostFile,
    'guests/web.yaml': webFile([80, 443]),
    'guests/mail.yaml': webFile([25]).replace('.1}', '.2}'),
  };

  it('are not read again, and say the same', () => {
    const memo = createParseMemo();
    same(memo, state);
    const read = [...memo.files.values()];
    assert.equal(read.length, 3);
    same(memo, { ...state, 'guests/web.yaml': webFile([80]) });
    assert.equal(read.filter((one) => [...memo.files.values()].includes(one)).length, 2);
  });

  it('are told apart by path and content, and forgotten when they go', () => {
    const memo = createParseMemo();
    same(memo, state);
    const { 'guests/mail.yaml': mail, ...rest } = state;
    same(memo, { ...rest, 'guests/post.yaml': mail });
    assert.equal(memo.files.size, 3);
    same(memo, rest);
    assert.equal(memo.files.size, 2);
  });

  it('are read again while anything is wrong with them, and lint sees all of them', () => {
    const memo = createParseMemo();
    same(memo, state);
    same(memo, { ...state, 'guests/web.yaml': 'forwards: [\n' });
    assert.equal(memo.files.size, 2);
    // The conflict is between a file that is known and one that is new.
    same(memo, { ...state, 'guests/web.yaml': webFile([25]) });
    same(memo, { ...state, 'host.yaml': hostFile.replace('22/tcp', '25/tcp') });
    same(memo, state);
  });
});
