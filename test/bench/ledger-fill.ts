/** A ledger of so many entries, as a host would have it after years: pushes of one port each, now and then a drift and its heal. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { renderEntry } from '../../src/core/ledger/text.ts';
import type { LedgerRecord } from '../../src/model/record.ts';

export interface FilledLedger {
  readonly path: string;
  readonly entries: number;
  readonly forwards: number;
}

const firstAt = Date.UTC(2020, 0, 1);
const minutesApart = 60;

/** Our rules with so many forwards, the one at `moved` going to another port with every `version`. */
function natText(forwards: number, moved: number, version: number): string {
  const rules = Array.from({ length: forwards }, (_, i) => forwardRule(i, i === moved ? 10_000 + version : 80));
  return [
    '*nat',
    ':NR-A-main - [0:0]',
    ':NR-DST - [0:0]',
    '-A PREROUTING -m comment --comment natroute -j NR-DST',
    '-A OUTPUT -m comment --comment natroute -j NR-DST',
    ...rules.map((text) => `-A NR-A-main ${text}`),
    '-A NR-DST -d 203.0.113.10/32 -m comment --comment "natroute main" -j NR-A-main',
    'COMMIT',
    '',
  ].join('\n');
}

function forwardRule(i: number, to: number): string {
  const port = 1000 + i;
  return `-p tcp -m tcp --dport ${port} -m comment --comment "natroute g${i} main:${port}/tcp" -j DNAT --to-destination 10.0.${Math.floor(i / 250)}.${(i % 250) + 1}:${to}`;
}

/** Entry `n` of a ledger: every tenth pair is a drift and its heal. */
function recordOf(n: number, forwards: number): LedgerRecord {
  const drift = n % 10 === 8;
  const heal = n % 10 === 9;
  const version = drift || heal ? n - (n % 10) + 7 : n;
  const moved = version % forwards;
  const key = `natroute g${moved} main:${1000 + moved}/tcp`;
  const before = forwardRule(moved, 80);
  const after = forwardRule(moved, 10_000 + version);
  const at = new Date(firstAt + n * minutesApart * 60_000).toISOString();
  const commit = version.toString(16).padStart(40, 'c');
  const text = natText(forwards, moved, version);
  return {
    cause: drift ? 'drift' : heal ? 'heal' : 'push',
    outcome: drift ? 'reported' : heal ? 'healed' : 'applied',
    at,
    desired: {
      commit,
      author: `Author ${version % 7} <a${version % 7}@example.org>`,
      authoredAt: at,
      subject: `Move port ${1000 + moved}`,
      signature: 'none',
    },
    generation: version + 1,
    actor: drift ? { process: 'iptables', pid: 4000 + n, user: null } : null,
    versions: { natroute: '0.1.0', iptables: '1.8.9', backend: 'nft' },
    changes: [
      {
        action: drift ? 'delete' : 'create',
        kind: 'rule',
        family: 'v4',
        chain: 'NR-A-main',
        key,
        before: heal ? null : drift ? after : before,
        after: drift ? null : after,
        counters: { packets: n, bytes: n * 60 },
        note: null,
        at: null,
      },
    ],
    impact: [],
    reason: null,
    nat: { v4: drift ? text.replace(`-A NR-A-main ${after}\n`, '') : text, v6: '' },
  };
}

function streamOf(from: number, to: number, forwards: number): Buffer {
  const parts: Buffer[] = [Buffer.from('feature done\n')];
  const say = (text: string): void => void parts.push(Buffer.from(text));
  const data = (text: string): void => {
    const bytes = Buffer.from(text);
    say(`data ${bytes.length}\n`);
    parts.push(bytes, Buffer.from('\n'));
  };
  for (let n = from; n < to; n++) {
    const record = recordOf(n, forwards);
    const { message, files } = renderEntry(record);
    const who = `natroute <natroute@bench> ${Math.floor(Date.parse(record.at) / 1000)} +0000`;
    say(`commit refs/heads/main\nauthor ${who}\ncommitter ${who}\n`);
    data(message);
    if (n === from && from > 0) say('from refs/heads/main^0\n');
    say('deleteall\n');
    for (const [name, pieces] of files) {
      say(`M 100644 inline ${name}\n`);
      data([...pieces()].join(''));
    }
  }
  say('done\n');
  return Buffer.concat(parts);
}

/** In packs as the joining of small ones into large ones leaves them. */
export function fillLedger({ path, entries, forwards }: FilledLedger): void {
  mkdirSync(path, { recursive: true });
  const git = (args: readonly string[], input: Uint8Array = new Uint8Array()): void =>
    void execFileSync('git', ['--git-dir', path, ...args], { input, stdio: ['pipe', 'ignore', 'inherit'] });
  git(['init', '--quiet', '--bare', '--template=', '--initial-branch=main']);
  for (let from = 0; from < entries;) {
    const left = entries - from;
    const to = from + (left > 30 ? Math.min(Math.ceil(left / 2), 500) : 1);
    git(['-c', 'fastimport.unpackLimit=0', 'fast-import', '--quiet', '--done'], streamOf(from, to, forwards));
    if (left <= 60 && left > 30) git(['repack', '-d', '-l', '-n', '-q', '--geometric=2']);
    from = to;
  }
}
