import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../property.ts';
import { createParseMemo, parseState, type ParseMemo } from '../../src/core/parse/parse.ts';
import type { StateFile } from '../../src/model/state.ts';
import { hostFile, webFile } from '../fakes/reference.ts';
import { checkFor } from './nat/random.ts';

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

describe('what several files say together', () => {
  const guest = (more: string): string => `interfaces: [{network: lan, ip: 192.168.1.1}]\nforwards: [${more}]\n`;
  const guests: readonly (string | null)[] = [
    null,
    guest('{port: 80}'),
    guest('{port: 80, from: [192.0.2.0/24]}'),
    guest('{port: 70-90}, {port: 25, until: 2026-11-23}'),
    guest('{port: 80, address: failover}'),
    guest('{port: 443, protocol: udp}').replace('.1}', '.2}'),
    guest('{port: 443}').replace('192.168.1.1', '10.9.9.9'),
    'interfaces: [{routed: failover}]\n',
    'forwards: [\n',
  ];
  const hosts = [hostFile, hostFile.replace('22/tcp', '80/tcp'), hostFile.replace('192.168.1.0/24', '192.168.0.0/16')];
  const state = fc.record({
    host: fc.constantFrom(...hosts),
    web: fc.constantFrom(...guests),
    mail: fc.constantFrom(...guests),
    db: fc.constantFrom(...guests),
    day: fc.constantFrom(20, 22, 24),
  });

  const codes = (memo: ParseMemo, contents: Readonly<Record<string, string>>, day = 22): readonly string[] => {
    const now = new Date(`2026-11-${day}T12:00:00Z`);
    return parseState(files(contents), { host: 'dedibox', now, memo }).diagnostics.map(({ code }) => code);
  };

  it('is found when only the time has come', () => {
    const memo = createParseMemo();
    const state = { 'host.yaml': hostFile, 'guests/web.yaml': guest('{port: 25, until: 2026-11-23}') };
    assert.deepEqual(codes(memo, state), []);
    assert.deepEqual(codes(memo, state, 24), ['expired']);
  });

  it('is found about a guest whose file did not change, where another one did', () => {
    const memo = createParseMemo();
    const state = { 'host.yaml': hostFile, 'guests/web.yaml': guest('{port: 80, address: failover}') };
    assert.deepEqual(codes(memo, state), []);
    assert.deepEqual(codes(memo, { ...state, 'guests/db.yaml': 'interfaces: [{routed: failover}]\n' }), [
      'carried-address',
    ]);
  });

  it('is found whatever was found about the others before', async (context) => {
    const property = fc.property(fc.array(state, { minLength: 2, maxLength: 6 }), (states) => {
      const memo = createParseMemo();
      for (const { host, day, ...named } of states) {
        const contents: Record<string, string> = { 'host.yaml': host };
        for (const [name, text] of Object.entries(named)) if (text !== null) contents[`guests/${name}.yaml`] = text;
        const now = new Date(`2026-11-${day}T12:00:00Z`);
        const given = files(contents);
        assert.deepEqual(
          parseState(given, { host: 'dedibox', now, memo }),
          parseState(given, { host: 'dedibox', now }),
        );
      }
    });
    await checkFor(context, property, { seconds: 10, runs: 1500 });
  });
});
