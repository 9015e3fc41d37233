// Static checks, side by side where they can be: looks, correctness, types, layers, dead code, generated files.
import { spawn } from 'node:child_process';

const checks = [
  ['format', 'npx --no-install prettier --check --log-level warn .'],
  ['types', 'npx --no-install tsc --noEmit'],
  ['lint', 'npx --no-install eslint -c .eslint.config.mjs --max-warnings 0 src test deploy'],
  ['layers', 'npx --no-install depcruise -c .dependency-cruiser.cjs src'],
  ['dead code', 'npx --no-install knip'],
  ['generated files', 'node deploy/generate.mjs --check'],
  ['shell scripts', 'shellcheck .ci/run $(git ls-files "*.sh")'],
];

const run = ([name, command]) =>
  new Promise((resolve) => {
    const started = process.hrtime.bigint();
    const child = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('close', (code) => {
      const seconds = (Number(process.hrtime.bigint() - started) / 1e9).toFixed(1);
      console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
      if (code !== 0) console.log(output);
      resolve(code === 0);
    });
  });

const queue = [...checks];
const results = [];
const worker = async () => {
  for (let check = queue.shift(); check; check = queue.shift()) results.push(await run(check));
};
await Promise.all([worker(), worker()]);
process.exitCode = results.every(Boolean) ? 0 : 1;
