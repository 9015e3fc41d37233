// The merge or pull request of a commit, as each forge writes it.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { requestOf } from '../../src/adapters/git/merge-request.ts';

const ssh = 'git@git.example.org:ops/dom0.git';
const cases: readonly (readonly [message: string, remote: string, request: string | null])[] = [
  ['Merge pull request #12 from ann/x\n\nOpen ssh\n', ssh, 'https://git.example.org/ops/dom0/pull/12'],
  ["Merge pull request 'Open ssh' (#12) from ann/x into main\n", ssh, 'https://git.example.org/ops/dom0/pulls/12'],
  ['Merged in ann/x (pull request #12)\n', ssh, 'https://git.example.org/ops/dom0/pull-requests/12'],
  [
    "Merge branch 'x' into 'main'\n\nOpen ssh\n\nSee merge request ops/dom0!34\n",
    ssh,
    'https://git.example.org/ops/dom0/-/merge_requests/34',
  ],
  ['Merge\n\nSee merge request !34\n', ssh, 'https://git.example.org/ops/dom0/-/merge_requests/34'],
  ['Open ssh (#12)\n\n* one\n* two (#13)\n', ssh, 'https://git.example.org/ops/dom0/issues/12'],
  [
    'Open ssh\n\nReviewed at https://forge.example.org/a/b/pulls/7.\n',
    '/srv/x.git',
    'https://forge.example.org/a/b/pulls/7',
  ],
  ['Open\n\nhttps://token@forge.example.org/a/b/pull/7', ssh, 'https://forge.example.org/a/b/pull/7'],
  ['Merge pull request #12 from ann/x', '/srv/state.git', '#12'],
  ['Merge\n\nSee merge request ops/dom0!34', '/srv/state.git', 'ops/dom0!34'],
  [
    'Merge pull request #1 from x',
    'https://me:secret@git.example.org:8443/a/b.git',
    'https://git.example.org:8443/a/b/pull/1',
  ],
  ['Merge pull request #1 from x', 'ssh://git@git.example.org:2222/a/b', 'https://git.example.org/a/b/pull/1'],
  ['Open ssh, closes #12\n', ssh, null],
  ['Open ssh\n\nas in (#12)\n', ssh, null],
  ['', ssh, null],
];
for (const [message, remote, request] of cases)
  it(JSON.stringify(message), () => assert.equal(requestOf(message, remote), request));
