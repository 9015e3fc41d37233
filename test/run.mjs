// The test command: prepares a fresh clone, builds the bundle, runs every suite and prints one closing line.
//   npm test                    all suites of the everyday run
//   npm test -- core kernel     only these folders of test/
//   npm test -- test/core/x.test.ts   only these files
//   npm run test:xen            the suite xen, on a real Xen that is booted for it
//   npm run long                the everyday run with the long, random parts at full length
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare, testTools, xenTools } from '../deploy/prepare.mjs';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const suites = ['core', 'cli', 'contract', 'engine', 'sim', 'kernel', 'sandbox', 'xen'];
// How many test files of a suite run side by side: two cores.
const sideBySide = { kernel: 2, sandbox: 1, xen: 1 };

const wanted = process.argv.slice(2).filter((a) => !a.startsWith('--'));
// A Xen is only booted where it is asked for: in emulation it takes minutes.
if (wanted.some((a) => a.includes('xen')) || process.argv.includes('--long')) process.env.NATROUTE_XEN = '1';
prepare(process.env.NATROUTE_XEN === '1' ? { ...testTools, ...xenTools } : testTools);
const { bundle } = await import('../deploy/build.mjs');
await bundle();

if (process.argv.includes('--long')) process.env.NATROUTE_LONG = '1';

const testsBelow = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.test.ts'))
        .map((name) => relative(top, join(folder, name)))
        .sort()
    : [];

const plan = wanted.some((a) => a.endsWith('.ts'))
  ? [['files', wanted.filter((a) => a.endsWith('.ts'))]]
  : suites.filter((s) => wanted.length === 0 || wanted.includes(s)).map((s) => [s, testsBelow(join(top, 'test', s))]);

let passed = 0;
let failed = 0;
let skipped = 0;

function runSuite(name, files) {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--test', `--test-concurrency=${sideBySide[name] ?? 2}`, '--test-reporter=spec', ...files],
      { cwd: top, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let tail = '';
    child.stdout.on('data', (data) => {
      process.stdout.write(data);
      tail = (tail + String(data)).slice(-100_000);
    });
    child.on('close', (code) => {
      const count = (word) => Number([...tail.matchAll(new RegExp(`^ℹ ${word} (\\d+)`, 'gm'))].at(-1)?.[1] ?? 0);
      passed += count('pass');
      failed += count('fail') + count('cancelled');
      skipped += count('skipped') + count('todo');
      resolve(code === 0 && count('pass') > 0);
    });
  });
}

let good = true;
for (const [name, files] of plan) {
  if (files.length === 0) continue;
  const started = Date.now();
  const ok = await runSuite(name, files);
  console.log(
    `${ok ? 'ok  ' : 'FAIL'} test/${name}: ${files.length} files, ${((Date.now() - started) / 1000).toFixed(0)} s`,
  );
  good &&= ok;
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = good && failed === 0 && passed > 0 ? 0 : 1;
