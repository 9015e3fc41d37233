/**
 * Runs a test file again inside a network namespace of its own, once for each iptables backend: what it does to the
 * nat table there touches nobody, and ends with it.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export type Backend = 'legacy' | 'nft';
export const backends: readonly Backend[] = ['legacy', 'nft'];

/** The backend to test, null where this process is the outer one. */
export const inside = (process.env['NATROUTE_TEST_INSIDE'] ?? null) as Backend | null;

/** A folder to put first in PATH, in which the iptables programs are those of one backend. */
export function shimFolder(backend: Backend, parent: string): string {
  const folder = mkdtempSync(join(parent, `${backend}-`));
  for (const program of ['iptables', 'ip6tables']) {
    for (const part of ['', '-save', '-restore']) {
      symlinkSync(`/usr/sbin/xtables-${backend}-multi`, join(folder, program + part));
    }
  }
  return folder;
}

/** One test for each backend, which runs `file` inside and passes when all of its tests do. */
export function runInside(file: string, seconds: number): void {
  for (const backend of backends) {
    it(`on ${backend}`, async (context) => {
      const folder = mkdtempSync(join(tmpdir(), 'natroute-kernel-'));
      try {
        await runOne(context, { file: fileURLToPath(file), backend, folder, seconds });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
}

interface Run {
  readonly file: string;
  readonly backend: Backend;
  readonly folder: string;
  readonly seconds: number;
}

async function runOne(context: TestContext, { file, backend, folder, seconds }: Run): Promise<void> {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    NATROUTE_TEST_INSIDE: backend,
    PATH: `${shimFolder(backend, folder)}:${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
    XTABLES_LOCKFILE: join(folder, 'xtables.lock'),
    TMPDIR: folder,
  };
  delete env['NODE_TEST_CONTEXT'];
  const args = ['-n', '--fork', '--kill-child', '--', process.execPath, '--import', 'tsx', '--test-reporter=tap', file];
  const child = spawn('unshare', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(timer);
  for (const [, line] of output.matchAll(/^ *# (.*(?:seed|measured).*)$/gm))
    context.diagnostic(`${backend}: ${line ?? ''}`);
  const passed = Number(/^# pass (\d+)/m.exec(output)?.[1] ?? 0);
  assert.ok(code === 0 && passed > 0, `${backend}: exit ${String(code)}, ${passed} passed\n${output.slice(-8000)}`);
  context.diagnostic(`${backend}: ${passed} passed`);
}
