// Run by lifetime.test.ts: builds a sandbox with natroute and its guests in it, prints what it consists of as one line of JSON, and then waits
// to be killed, or with `keep` ends and leaves it running.
import { readdirSync, statSync } from 'node:fs';
import { startSandbox } from '../../deploy/sandbox/sandbox.ts';
import { makeState, writeConfig } from '../../deploy/sandbox/state.ts';

export interface SandboxFacts {
  readonly pid: number;
  /** natroute run. */
  readonly daemon: number;
  /** Inodes of its network namespaces. */
  readonly namespaces: readonly number[];
}

const keep = process.argv.includes('keep');
const sandbox = await startSandbox({ backend: 'nft', reached: 'mac', bridgeNf: 0, keep });
await makeState(sandbox, 'mac');
writeConfig(sandbox, { schedule: '*/2 * * * * *' });
const applied = await sandbox.natroute(['apply', '--yes']);
if (applied.code !== 0) throw new Error(applied.stderr);
const daemon = await sandbox.daemon();
await Promise.all(['web', 'mail', 'siteclient'].map((guest) => sandbox.ready(guest)));
const folder = sandbox.path('/run/netns');
const facts: SandboxFacts = {
  pid: sandbox.pid,
  daemon: daemon.pid,
  namespaces: readdirSync(folder).map((name) => statSync(`${folder}/${name}`).ino),
};
process.stdout.write(`${JSON.stringify(facts)}\n`);
if (keep) daemon.leave();
else setInterval(() => undefined, 60_000);
