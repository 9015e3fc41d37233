/**
 * Signed entries: fast-import cannot sign, so it makes the commit beside the branch, ssh-keygen signs its bytes, and the
 * signed commit takes its place in one transaction that fails where another writer was faster.
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../model/fault.ts';
import { limits } from '../../model/limits.ts';
import { runCommand } from '../command.ts';
import { createFiles, diskFault } from '../files.ts';
import type { Git } from './factory.ts';
import { branch } from './ledger-stream.ts';
import { readObjects } from './objects.ts';
import { syncStore } from './store.ts';

/** Where an entry waits for its signature. */
export const unsignedRef = 'refs/natroute/unsigned';

export interface Signing {
  readonly git: Git;
  readonly folder: string;
  readonly key: string;
  /** Where the public keys of this host's ledger are kept, as ssh-keygen's `allowed_signers`. */
  readonly signers: string;
  /** This host's name. */
  readonly host: string;
}

/** Fault disk: before anything is done that could not be signed afterwards. */
export async function checkKey(key: string): Promise<void> {
  try {
    await access(key, constants.R_OK);
  } catch (error) {
    throw diskFault('read', key, error);
  }
}

/** Puts the signed form of an unsigned commit at the end of the branch, which must still be its parent; its id. */
export async function signCommit(signing: Signing, unsigned: string): Promise<string> {
  const { git, folder } = signing;
  const [commit] = await readObjects(git, [unsigned], limits.stateFileBytes);
  if (commit === undefined || typeof commit === 'string')
    throw new Fault('git-refused', `git lost the entry ${unsigned} before it was signed.`);
  await allowOwnKey(signing);
  const signature = await sign(signing.key, commit.content);
  const { stdout } = await git({
    args: ['hash-object', '-t', 'commit', '-w', '--stdin'],
    input: withSignature(commit.content, signature),
  });
  const id = stdout.toString('utf8').trim();
  for (const name of [id.slice(0, 2), '']) await syncStore(join(folder, 'objects', name));
  const parent = /^parent ([0-9a-f]+)$/m.exec(commit.content.toString('latin1'))?.[1] ?? '0'.repeat(unsigned.length);
  await git({
    args: ['update-ref', '--stdin'],
    input: `start\nupdate ${branch} ${id} ${parent}\ndelete ${unsignedRef} ${unsigned}\nprepare\ncommit\n`,
  });
  return id;
}

async function sign(key: string, payload: Uint8Array): Promise<string> {
  const { stdout } = await runCommand({
    file: 'ssh-keygen',
    args: ['-Y', 'sign', '-q', '-n', 'git', '-f', key],
    input: payload,
    // A key with a passphrase would ask on a terminal that is not there.
    env: { SSH_ASKPASS: '/bin/false', SSH_ASKPASS_REQUIRE: 'force', SSH_AUTH_SOCK: undefined },
  });
  if (!stdout.startsWith('-----BEGIN SSH SIGNATURE-----'))
    throw new Fault('command-failed', `ssh-keygen gave no signature with ${key}.`);
  return stdout.trimEnd();
}

/** As git writes it: the last header, each further line of it begun with a space. */
function withSignature(content: Buffer, signature: string): Buffer {
  const end = content.indexOf('\n\n');
  const header = Buffer.from(`\ngpgsig ${signature.replaceAll('\n', '\n ')}`);
  return Buffer.concat([content.subarray(0, end), header, content.subarray(end)]);
}

/** Its own public key is what this host knows its entries by; those of earlier keys stay known. */
async function allowOwnKey({ key, signers, host }: Signing): Promise<void> {
  const { stdout } = await runCommand({ file: 'ssh-keygen', args: ['-y', '-P', '', '-f', key] });
  const [kind = '', blob = ''] = stdout.trim().split(' ');
  const line = `natroute@${host} namespaces="git" ${kind} ${blob}`;
  const known = new TextDecoder().decode((await createFiles().read(signers)) ?? new Uint8Array());
  if (!known.split('\n').includes(line)) await createFiles().write(signers, `${known}${line}\n`, 0o644);
}
