// Promise: on a full or read-only disk the daemon says in one sentence which path and what to do, puts rules right all the
// same, leaves nothing half done, and goes on by itself when there is room. A link or a folder where a file of ours should
// be stops the commit with one sentence; nothing is followed, nothing lost.
import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, it } from 'node:test';
import { inside } from '../../deploy/sandbox/network.ts';
import type { Sandbox } from '../../deploy/sandbox/sandbox.ts';
import type { Alert, Message } from '../../src/model/alert.ts';
import { pathsUnder } from '../../src/model/paths.ts';
import { startKillHost, type KillHost } from './kill-host.ts';

const { state } = pathsUnder(inside.root);
const etc = `${inside.root}/etc/network/interfaces.d`;
const healMs = 20_000;
const toldMs = 20_000;

const shell = (sandbox: Sandbox, line: string): Promise<string> => sandbox.must('dom0', ['sh', '-c', line]);

/** A small disk of its own in the place of that folder, with what is in it. */
async function smallDisk(sandbox: Sandbox, folder: string): Promise<void> {
  await shell(
    sandbox,
    `mkdir -p ${folder} && cp -a ${folder} ${folder}.was && mount -t tmpfs -o size=6m none ${folder} && cp -a ${folder}.was/. ${folder}/`,
  );
}

interface Trouble {
  readonly name: string;
  readonly words: RegExp;
  readonly begin: (folder: string) => string;
  readonly end: (folder: string) => string;
}

const troubles: readonly Trouble[] = [
  {
    name: 'full',
    words: /: the disk is full\./,
    begin: (folder) => `dd if=/dev/zero of=${folder}/.filler bs=4k 2>/dev/null; [ -s ${folder}/.filler ]`,
    end: (folder) => `rm ${folder}/.filler`,
  },
  {
    name: 'read-only',
    words: /: the file system is mounted read-only\./,
    begin: (folder) => `mount -o remount,ro ${folder}`,
    end: (folder) => `mount -o remount,rw ${folder}`,
  },
];

async function healed(host: KillHost): Promise<void> {
  const save = async (): Promise<string> =>
    (await shell(host.sandbox, 'iptables-save -t nat')).replace(/^#.*\n/gm, '').replace(/\[\d+:\d+\]/g, '');
  const good = await save();
  await shell(host.sandbox, 'iptables -w 5 -t nat -F NR-A-main');
  for (const end = Date.now() + healMs; (await save()) !== good;) {
    assert.ok(Date.now() < end, `not healed:\n${host.daemon().log().slice(-3000)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function said(host: KillHost, from: number, words: RegExp): Promise<string> {
  for (const end = Date.now() + healMs; ;) {
    const line = host
      .daemon()
      .log()
      .slice(from)
      .split('\n')
      .find((one) => words.test(one));
    if (line !== undefined) return line;
    assert.ok(Date.now() < end, `not said: ${String(words)}\n${host.daemon().log().slice(-3000)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const alerts = '/run/alerts.jsonl';

async function told(host: KillHost, words: RegExp): Promise<void> {
  const got = async (): Promise<readonly Alert[]> =>
    (await shell(host.sandbox, `cat ${alerts} 2>/dev/null || true`))
      .split('\n')
      .flatMap((line) => (line === '' ? [] : (JSON.parse(line) as Message).alerts));
  for (const end = Date.now() + toldMs; ;) {
    const all = await got();
    const found = all.filter((alert) => alert.topic === 'network' && alert.state === 'trouble');
    const ids = found.map(({ at, what }) => `${at} ${what.join()}`);
    assert.equal(new Set(ids).size, ids.length, ids.join('\n'));
    if (found.some(({ what }) => words.test(what.join()))) return;
    assert.ok(Date.now() < end, `not told:\n${JSON.stringify(all)}\n${host.daemon().log().slice(-3000)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe('a disk that takes nothing', () => {
  for (const [name, folder] of [
    ["natroute's own", state],
    ['of the files in /etc', etc],
  ] as const)
    it(`${name}: full, then read-only`, async () => {
      const host = await startKillHost({
        ...{ backend: 'nft', more: [`notify: [{type: command, command: [/bin/sh, -c, "cat >> ${alerts}"]}]`] },
        prepare: (sandbox) => smallDisk(sandbox, folder),
      });
      try {
        await host.rest();
        for (const { words, begin, end } of troubles) {
          const { current } = await host.steps();
          await shell(host.sandbox, begin(folder));
          const from = host.daemon().log().length;
          await healed(host);
          const step = await host.push();
          const line = await said(host, from, words);
          assert.match(line, / - (Free some space|Look in `dmesg`|Correct)/, line);
          assert.ok(line.includes(folder === etc ? '/etc/network/interfaces.d' : state), line);
          await healed(host);
          for (const at of Object.values(await host.steps())) assert.equal(at, current);
          // An alert needs no disk; a receiver that was told much already has the second one later.
          if (begin === troubles[0]?.begin) await told(host, words);
          await shell(host.sandbox, end(folder));
          // Its lanes try again by themselves.
          await host.rest(step);
          for (const at of Object.values(await host.steps())) assert.equal(at, step);
          await host.assertWhole('converged');
        }
        if (folder === state)
          assert.match((await host.sandbox.natroute(['history', '--json'])).stdout, /could not be written down/);
      } finally {
        await host.sandbox.stop();
      }
    });
});

describe('what stands where a file of ours should be', () => {
  it('a link, a folder: refused with one sentence, nothing followed, nothing lost', async () => {
    const path = '/etc/sysctl.d/99-natroute.conf';
    const refusals: string[] = [];
    const prepare = async (sandbox: Sandbox): Promise<void> => {
      const [file, victim] = [sandbox.path(inside.root + path), sandbox.path(`${inside.root}/victim`)];
      writeFileSync(victim, 'mine\n');
      const apply = async (): Promise<void> => {
        const { code, stdout, stderr } = await sandbox.natroute(['apply', '--yes']);
        assert.equal(code, 1, stdout + stderr);
        refusals.push(stdout + stderr);
        assert.doesNotMatch(await shell(sandbox, 'iptables-save -t nat'), /NR-A-main/);
      };
      symlinkSync(`${inside.root}/victim`, file);
      await apply();
      assert.equal(readlinkSync(file), `${inside.root}/victim`);
      assert.equal(readFileSync(victim, 'utf8'), 'mine\n');
      unlinkSync(file);
      mkdirSync(file);
      await apply();
      assert.ok(lstatSync(file).isDirectory());
      rmdirSync(file);
    };
    const host = await startKillHost({ backend: 'nft', more: [], prepare });
    try {
      for (const [i, why] of [/symbolic link|a link/, /there is a folder where a file should be/].entries())
        assert.match(refusals[i] ?? '', why);
      await host.rest();
      for (const at of Object.values(await host.steps())) assert.equal(at, 1);
    } finally {
      await host.sandbox.stop();
    }
  });
});
