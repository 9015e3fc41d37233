// The fetch lane on real repositories: what moves the trusted commit, and what never does.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createFetchLane } from '../../src/engine/fetch.ts';
import type { Mirror } from '../../src/ports.ts';
import { faultSaying, type GitWorld, openGitWorld } from '../contract/git-world.ts';

let world: GitWorld;
before(() => {
  world = openGitWorld();
});
after(() => world.end());

/** Counts the doors that were used. */
function watched(mirror: Mirror): { readonly mirror: Mirror; readonly used: string[] } {
  const used: string[] = [];
  const proxy = new Proxy(mirror, {
    get(target, name: keyof Mirror) {
      used.push(name);
      return (target[name] as (...args: unknown[]) => unknown).bind(target);
    },
  });
  return { mirror: proxy, used };
}

/** An ssh key, and the git options that sign with it. */
function key(name: string): { readonly file: string; readonly sign: readonly string[]; readonly line: string } {
  const file = join(world.top, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
  const line = `alice@example.org namespaces="git" ${readFileSync(`${file}.pub`, 'utf8')}`;
  return { file, sign: ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${file}`], line };
}

function commitSigned(folder: string, by: ReturnType<typeof key> | null, message: string): string {
  const options = by === null ? [] : by.sign;
  world.git(folder, ...options, 'commit', '--quiet', '--allow-empty', '-m', message, ...(by === null ? [] : ['-S']));
  return world.git(folder, 'rev-parse', 'HEAD');
}

describe('fetch lane', () => {
  it('trusts the first head on sight, then follows; an unchanged remote costs one question', async () => {
    const folder = world.repository('followed');
    const first = world.commit(folder, { 'host.yaml': '1' });
    const { mirror, used } = watched(world.mirror(folder));
    const lane = createFetchLane({ mirror }, { signed: false });
    assert.deepEqual(await lane.fetchOnce(), { moved: true, commit: first });
    used.length = 0;
    assert.deepEqual(await lane.fetchOnce(), { moved: false, commit: first });
    assert.deepEqual(used, ['trusted', 'remoteHead']);
    world.commit(folder, { 'host.yaml': '2' });
    world.git(folder, 'checkout', '--quiet', '-b', 'side', 'HEAD~1');
    world.commit(folder, { 'guests/web.yaml': '3' });
    world.git(folder, 'checkout', '--quiet', 'main');
    world.git(folder, 'merge', '--quiet', '--no-ff', '-m', 'Merge', 'side');
    const third = world.git(folder, 'rev-parse', 'HEAD');
    assert.deepEqual(await lane.fetchOnce(), { moved: true, commit: third });
  });

  it('refuses a rewritten history again and again, until a person accepts that very head', async () => {
    const folder = world.repository('rewritten');
    const first = world.commit(folder, { 'host.yaml': '1' });
    const second = world.commit(folder, { 'host.yaml': '2' });
    const mirror = world.mirror(folder);
    const lane = createFetchLane({ mirror }, { signed: false });
    await lane.fetchOnce();
    const refused = faultSaying(
      'history-rewritten',
      new RegExp(`does not descend from ${second.slice(0, 10)}.*approve --rewrite`),
    );
    world.git(folder, 'reset', '--quiet', '--hard', first);
    await assert.rejects(lane.fetchOnce(), refused, 'a head that went back');
    const other = world.commit(folder, { 'host.yaml': '3' });
    await assert.rejects(lane.fetchOnce(), refused);
    await assert.rejects(lane.fetchOnce(), refused);
    assert.equal(await mirror.trusted(), second);
    assert.equal((await mirror.resolve(second)).commit, second, 'the trusted commit is kept');
    await assert.rejects(lane.acceptRewrite(first), faultSaying('history-rewritten', /moved again: its head is/));
    assert.deepEqual(await lane.acceptRewrite(other), { moved: true, commit: other });
    assert.deepEqual(await lane.acceptRewrite(other), { moved: false, commit: other });
    assert.deepEqual(await lane.fetchOnce(), { moved: false, commit: other });
  });

  it('an unrelated history under the same name is a rewrite too', async () => {
    const folder = world.repository('replaced');
    const first = world.commit(folder, { 'host.yaml': '1' });
    const mirror = world.mirror(folder);
    const lane = createFetchLane({ mirror }, { signed: false });
    await lane.fetchOnce();
    world.git(folder, 'checkout', '--quiet', '--orphan', 'fresh');
    world.commit(folder, { 'host.yaml': '2' });
    world.git(folder, 'branch', '--quiet', '-M', 'fresh', 'main');
    await assert.rejects(lane.fetchOnce(), faultSaying('history-rewritten', /does not descend/));
    assert.equal(await mirror.trusted(), first);
  });

  it('with signers: only a head signed by one of them moves anything', async () => {
    const folder = world.repository('signed');
    const [allowed, stranger] = [key('allowed'), key('stranger')];
    const signers = join(world.top, 'signers');
    writeFileSync(signers, allowed.line);
    const mirror = world.mirror(folder, { signers });
    const lane = createFetchLane({ mirror }, { signed: true });
    world.commit(folder, { 'host.yaml': '1' });
    await assert.rejects(lane.fetchOnce(), faultSaying('untrusted', /by Alice <alice@example.org> is not signed/));
    assert.equal(await mirror.trusted(), null, 'not even the first');
    commitSigned(folder, stranger, 'by a stranger');
    await assert.rejects(lane.fetchOnce(), faultSaying('untrusted', /signed with a key that is not allowed/));
    const good = commitSigned(folder, allowed, 'good');
    assert.deepEqual(await lane.fetchOnce(), { moved: true, commit: good });
    assert.equal((await mirror.resolve(good)).signature, 'good');

    const raw = execFileSync('git', ['-C', folder, 'cat-file', 'commit', good], { encoding: 'utf8' });
    const forged = execFileSync('git', ['-C', folder, 'hash-object', '-t', 'commit', '-w', '--stdin'], {
      input: raw.replace('\n\ngood', '\n\nevil').replace(/parent .*/, `parent ${good}`),
      encoding: 'utf8',
    }).trim();
    world.git(folder, 'update-ref', 'refs/heads/main', forged);
    await assert.rejects(lane.fetchOnce(), faultSaying('untrusted', /has a bad signature/));
    world.git(folder, 'update-ref', 'refs/heads/main', good);
    commitSigned(folder, null, 'unsigned again');
    await assert.rejects(lane.fetchOnce(), faultSaying('untrusted', /is not signed/));
    assert.equal(await mirror.trusted(), good);
    const last = commitSigned(folder, allowed, 'signed on top');
    assert.deepEqual(await lane.fetchOnce(), { moved: true, commit: last });
  });

  it('a rewrite that is accepted must be signed all the same', async () => {
    const folder = world.repository('signed-rewrite');
    const allowed = key('rewriter');
    const signers = join(world.top, 'rewrite-signers');
    writeFileSync(signers, allowed.line);
    const mirror = world.mirror(folder, { signers });
    const lane = createFetchLane({ mirror }, { signed: true });
    const first = commitSigned(folder, allowed, 'first');
    await lane.fetchOnce();
    world.git(folder, 'checkout', '--quiet', '--orphan', 'fresh');
    world.git(folder, 'branch', '--quiet', '-D', 'main');
    world.git(folder, 'branch', '--quiet', '-m', 'main');
    const unsigned = commitSigned(folder, null, 'rewritten');
    await assert.rejects(lane.acceptRewrite(unsigned), faultSaying('untrusted', /is not signed/));
    assert.equal(await mirror.trusted(), first);
    const signed = commitSigned(folder, allowed, 'rewritten and signed');
    assert.deepEqual(await lane.acceptRewrite(signed), { moved: true, commit: signed });
  });

  it('a missing list of signers, a key for another use and an OpenPGP signature are no good signatures', async () => {
    const folder = world.repository('odd-signatures');
    const allowed = key('odd');
    const signers = join(world.top, 'odd-signers');
    writeFileSync(signers, allowed.line.replace('namespaces="git"', 'namespaces="file"'));
    const head = commitSigned(folder, allowed, 'for another use');
    await assert.rejects(
      createFetchLane({ mirror: world.mirror(folder, { signers }) }, { signed: true }).fetchOnce(),
      faultSaying('untrusted', /./),
    );
    const absent = join(world.top, 'absent-signers');
    await assert.rejects(
      createFetchLane({ mirror: world.mirror(folder, { signers: absent }) }, { signed: true }).fetchOnce(),
      faultSaying('disk', /Cannot read .*absent-signers: the folder or file does not exist/),
    );
    const pgp = `-----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----`;
    const raw = execFileSync('git', ['-C', folder, 'cat-file', 'commit', head], { encoding: 'utf8' });
    const commit = execFileSync('git', ['-C', folder, 'hash-object', '-t', 'commit', '-w', '--stdin'], {
      input: raw.replace(/gpgsig [^]*?-----END SSH SIGNATURE-----/, `gpgsig ${pgp}`),
      encoding: 'utf8',
    }).trim();
    world.git(folder, 'update-ref', 'refs/heads/main', commit);
    const mirror = world.mirror(folder, { signers });
    await mirror.fetch();
    assert.equal((await mirror.resolve(commit)).signature, 'unknown');
  });

  it('a trusted commit that another process moved meanwhile is not overwritten', async () => {
    const folder = world.repository('raced');
    const first = world.commit(folder, { 'host.yaml': '1' });
    const mirror = world.mirror(folder);
    await createFetchLane({ mirror }, { signed: false }).fetchOnce();
    const second = world.commit(folder, { 'host.yaml': '2' });
    const third = world.commit(folder, { 'host.yaml': '3' });
    const raced: Mirror = Object.create(mirror, {
      trusted: { value: () => mirror.trusted() },
      remoteHead: { value: () => mirror.remoteHead() },
      isAncestor: { value: (a: string, b: string) => mirror.isAncestor(a, b) },
      trust: { value: (commit: string, from: string) => mirror.trust(commit, from) },
      fetch: {
        value: async () => {
          const head = await mirror.fetch();
          await mirror.trust(second, first);
          return head;
        },
      },
    }) as Mirror;
    await assert.rejects(
      createFetchLane({ mirror: raced }, { signed: false }).fetchOnce(),
      faultSaying('git-refused', /another natroute moved it/),
    );
    assert.equal(await mirror.trusted(), second);
    assert.deepEqual(await createFetchLane({ mirror }, { signed: false }).fetchOnce(), { moved: true, commit: third });
  });
});
