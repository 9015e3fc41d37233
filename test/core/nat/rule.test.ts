// Promise: a rule's text is taken apart as iptables means it, and nothing of it is lost.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fc } from '../../property.ts';
import { commentOf, jumpOf, parseRule, quoteValue } from '../../../src/core/nat/rule.ts';

describe('parseRule', () => {
  it('gives basics, matches and jump in order, with negation', () => {
    const text =
      '! -s 10.0.0.0/8 -d 1.2.3.4/32 ! -i eth0 -p tcp -m tcp ! --dport 80:90 --tcp-flags FIN,SYN SYN -m comment --comment "a b" -j DNAT --to-destination 1.2.3.4:80 --random';
    assert.deepEqual(parseRule(text), {
      basics: [
        { negated: true, name: '-s', values: ['10.0.0.0/8'] },
        { negated: false, name: '-d', values: ['1.2.3.4/32'] },
        { negated: true, name: '-i', values: ['eth0'] },
        { negated: false, name: '-p', values: ['tcp'] },
      ],
      matches: [
        {
          name: 'tcp',
          options: [
            { negated: true, name: '--dport', values: ['80:90'] },
            { negated: false, name: '--tcp-flags', values: ['FIN,SYN', 'SYN'] },
          ],
        },
        { name: 'comment', options: [{ negated: false, name: '--comment', values: ['a b'] }] },
      ],
      jump: {
        kind: 'jump',
        to: 'DNAT',
        options: [
          { negated: false, name: '--to-destination', values: ['1.2.3.4:80'] },
          { negated: false, name: '--random', values: [] },
        ],
      },
      unknown: [],
    });
  });

  it('knows goto, and rules without a jump or with nothing at all', () => {
    assert.deepEqual(parseRule('-g X').jump, { kind: 'goto', to: 'X', options: [] });
    assert.equal(parseRule('-p tcp').jump, null);
    assert.deepEqual(parseRule(''), { basics: [], matches: [], jump: null, unknown: [] });
  });

  it('does not take quoted words for options', () => {
    const rule = parseRule('-m comment --comment "-j DNAT --to-destination 1.2.3.4" -m string --string "!" -j ACCEPT');
    assert.equal(rule.jump?.to, 'ACCEPT');
    assert.deepEqual(rule.unknown, []);
    assert.deepEqual(rule.matches[1], {
      name: 'string',
      options: [{ negated: false, name: '--string', values: ['!'] }],
    });
  });

  it('keeps what it does not know', () => {
    for (const text of ['stray -j ACCEPT', '-j ACCEPT -m late', '-p tcp --early 1 -j X', '-j A B', '!', '-m']) {
      assert.notDeepEqual(parseRule(text).unknown, [], text);
    }
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.doesNotThrow(() => parseRule(text));
      }),
    );
  });
});

describe('commentOf and quoteValue', () => {
  it('quote as the kernel does', () => {
    assert.equal(quoteValue('natroute'), 'natroute');
    assert.equal(quoteValue('a-b_C9'), 'a-b_C9');
    assert.equal(quoteValue('a:b'), '"a:b"');
    assert.equal(quoteValue(''), '""');
    assert.equal(quoteValue(`a"b\\c'd`), `"a\\"b\\\\c\\'d"`);
  });

  it('are each other’s inverse', () => {
    fc.assert(
      fc.property(fc.string(), (comment) => {
        assert.equal(commentOf(`-p tcp -m comment --comment ${quoteValue(comment)} -j X`), comment);
      }),
    );
  });

  it('find the comment only where it is one', () => {
    assert.equal(commentOf('-m string --string "--comment x" -j A'), null);
    assert.equal(commentOf('-m string --string "--comment x" -m comment --comment y -j A'), 'y');
    assert.equal(commentOf('-j A'), null);
  });
});

describe('jumpOf', () => {
  it('reads the jump past comments that speak of jumps', () => {
    assert.equal(jumpOf('-m comment --comment "-j B" -j A'), 'A');
    assert.equal(jumpOf('-m comment --comment "-j B"'), null);
  });
});
