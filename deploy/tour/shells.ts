/** What `--keep` leaves behind: a way into each namespace, and the one command that takes all of it down. */
import { chmodSync, writeFileSync } from 'node:fs';
import { everywhere } from '../sandbox/reachability.ts';
import { inside } from '../sandbox/network.ts';
import { bundle, type Sandbox } from '../sandbox/sandbox.ts';
import { author, type State } from '../sandbox/state.ts';

/** Makes `natroute` and a shell with the right surroundings inside the sandbox. */
export function writeShells(sandbox: Sandbox, state: State): void {
  const script = (name: string, lines: readonly string[]): void => {
    const path = sandbox.path(`${inside.bin}/${name}`);
    writeFileSync(path, `#!/bin/sh\n${lines.join('\n')}\n`);
    chmodSync(path, 0o755);
  };
  script('natroute', [`exec ${process.execPath} ${bundle} --root ${inside.root} "$@"`]);
  script('shell', [
    `export PATH=${inside.bin}:$PATH:/usr/sbin:/sbin TMPDIR=${inside.temporary}`,
    `export GIT_AUTHOR_NAME=${author.name} GIT_AUTHOR_EMAIL=${author.mail}`,
    `export GIT_COMMITTER_NAME=${author.name} GIT_COMMITTER_EMAIL=${author.mail}`,
    `cd ${state.clone}`,
    'export PS1="[$1] # "',
    'exec sh -i',
  ]);
}

/** Runs as the hint says it, without a terminal; its output. Proves each hint before it is printed. */
export async function tryShell(sandbox: Sandbox, namespace: string, line: string): Promise<string> {
  const { stdout } = await sandbox.exec(namespace, [`${inside.bin}/shell`, namespace], { input: `${line}\nexit\n` });
  return stdout;
}

export function hints(sandbox: Sandbox): readonly string[] {
  return everywhere.map((namespace) => sandbox.enter(namespace, [`${inside.bin}/shell`, namespace]).join(' '));
}
