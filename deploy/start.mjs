// `npm start`: makes a fresh clone able to run, builds the program, and tours it on the reference host in namespaces.
//   npm start             the tour; ends with exit 0, and nothing is left
//   npm start -- --keep   leaves the host and the daemon running, with a shell hint for each namespace
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare, tools } from './prepare.mjs';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');

prepare(tools);
const { bundle } = await import('./build.mjs');
await bundle();

const tour = spawn(
  process.execPath,
  ['--import', 'tsx', join(top, 'deploy', 'tour', 'main.ts'), ...process.argv.slice(2)],
  {
    cwd: top,
    stdio: 'inherit',
  },
);
// The terminal sends its interrupt to the tour as well, which takes the sandbox down: only its end is waited for.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tour.kill(signal));
tour.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
