// Bundles src/main.ts into one file, dist/natroute.cjs. CommonJS starts quicker than ESM, and what a command
// does not use stays unevaluated behind its dynamic import.
import { readFileSync, writeFileSync, chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const top = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'));

export async function bundle(outfile = join(top, 'dist', 'natroute.cjs')) {
  const result = await build({
    entryPoints: [join(top, 'src', 'main.ts')],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    outfile,
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
    define: { 'import.meta.url': '__natrouteUrl', 'NATROUTE_VERSION': JSON.stringify(version) },
    banner: { js: '#!/usr/bin/env node\nconst __natrouteUrl = require("node:url").pathToFileURL(__filename).href;' },
    logLevel: 'warning',
  });
  chmodSync(outfile, 0o755);
  return result;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const result = await bundle();
  if (process.argv.includes('--meta')) writeFileSync(join(top, 'dist', 'meta.json'), JSON.stringify(result.metafile));
}
