// Promise: `npm start` ends with exit 0 in under a minute; with --keep its hints open shells that work, and the one
// command that it prints takes everything down.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const start = join(import.meta.dirname, '..', '..', 'deploy', 'start.mjs');
const mostMs = 60_000;

function run(...args: readonly string[]): {
  readonly output: string;
  readonly code: number | null;
  readonly ms: number;
} {
  const began = performance.now();
  const { stdout, stderr, status } = spawnSync(process.execPath, [start, ...args], { encoding: 'utf8' });
  return { output: stdout + stderr, code: status, ms: performance.now() - began };
}

/** A hint as a person would paste it; what its shell prints. */
function paste(hint: string, lines: string): string {
  return spawnSync('sh', ['-c', hint], { encoding: 'utf8', input: lines, timeout: mostMs }).stdout;
}

describe('npm start', () => {
  it('tours the reference host and leaves nothing', () => {
    const { output, code, ms } = run();
    assert.equal(code, 0, output);
    assert.ok(ms < mostMs, `${ms} ms`);
    for (const line of [
      /main:80\/tcp is answered by web:80/,
      /failover:80\/tcp is answered by siteclient:80/,
      /main:2222\/tcp is answered by mail:22/,
      /main:8443\/tcp was answered by web:443 \d+ ms after git push/,
      /found and reported as drift/,
      /healed: main:80\/tcp was answered by web:80 again/,
      /ok .* applied .*main:8443\/tcp/,
      /not one rule changed/,
    ])
      assert.match(output, line);
  });

  it('--keep leaves it running, with a shell in each namespace and one command to take it down', async () => {
    const { output, code } = run('--keep');
    assert.equal(code, 0, output);
    const takeDown = /kill -KILL (\d+)/.exec(output);
    assert.ok(takeDown, output);
    try {
      const hints = output.split('\n').filter((line) => line.trim().startsWith('nsenter '));
      assert.equal(hints.length, 5, output);
      for (const hint of hints) assert.match(paste(hint, 'ip -brief address\nexit\n'), /\d+\.\d+\.\d+\.\d+/, hint);
      const dom0 = hints.find((hint) => hint.endsWith(' dom0'))!;
      assert.match(paste(dom0, 'natroute status\n'), /daemon +pid \d+/);
      paste(
        dom0,
        'sed -i "s/port: 8443/port: 9443/" guests/web.yaml\ngit commit -q -a -m "Move the shop"\ngit push -q\n',
      );
      const until = Date.now() + 10_000;
      while (!paste(dom0, 'iptables-save -t nat\n').includes('main:9443/tcp') && Date.now() < until);
      assert.match(paste(dom0, 'iptables-save -t nat\n'), /natroute web main:9443\/tcp/);
    } finally {
      spawnSync('sh', ['-c', takeDown[0]]);
    }
    const pid = takeDown[1]!;
    for (const until = Date.now() + 5000; existsSync(`/proc/${pid}`) && Date.now() < until;)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(existsSync(`/proc/${pid}`), false);
  });
});
