// Run by lifetime.test.ts: builds a sandbox with guests, prints what it consists of as one line of JSON, and then waits
// to be killed, or with `keep` ends and leaves it running.
import { readdirSync, statSync } from 'node:fs';
import { makeGuests } from '../../deploy/sandbox/guests.ts';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';
import { startSandbox } from '../../deploy/sandbox/sandbox.ts';

export interface SandboxFacts {
  readonly pid: number;
  /** Inodes of its network namespaces. */
  readonly namespaces: readonly number[];
}

const keep = process.argv.includes('keep');
const sandbox = await startSandbox({ backend: 'nft', reached: 'mac', bridgeNf: 0, keep });
await makeGuests(sandbox, referenceDesired({ reached: 'mac', ipv6: false }));
const folder = sandbox.path('/run/netns');
const facts: SandboxFacts = {
  pid: sandbox.pid,
  namespaces: readdirSync(folder).map((name) => statSync(`${folder}/${name}`).ino),
};
process.stdout.write(`${JSON.stringify(facts)}\n`);
if (!keep) setInterval(() => undefined, 60_000);
