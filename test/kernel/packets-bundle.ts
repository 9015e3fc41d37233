/** The part of natroute that runs inside the namespaces of `--packets`, as one file that plain Node starts quickly. */
import { buildSync } from 'esbuild';

export function bundlePackets(outfile: string): void {
  const contents = [
    "import { packetsProcess } from './src/adapters/packets/process.ts';",
    "packetsProcess(process.argv.slice(2), [process.execPath, '--max-semi-space-size=1', process.argv[1]]);",
  ].join('\n');
  buildSync({
    stdin: { contents, resolveDir: new URL('../..', import.meta.url).pathname },
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    outfile,
  });
}
