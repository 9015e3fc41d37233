/** Which files a host reads, and which slips in a name are told. */
import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { roleOf, selectFiles } from '../../src/core/parse/tree.ts';

const told = (paths: readonly string[], host = 'a'): readonly string[] =>
  selectFiles(paths, host).diagnostics.map((d) => `${d.severity} ${d.code} ${d.at?.file ?? ''}`.trim());

describe('one host', () => {
  it('reads the root', () => {
    const paths = [
      'README.md',
      'groups.yaml',
      'guests/b.yaml',
      'guests/a.yaml',
      'host.yaml',
      'checks.yaml',
      'docs/x.yaml',
    ];
    const selection = selectFiles(paths, 'anything');
    assert.equal(selection.layout, 'single');
    assert.deepEqual(selection.wanted, ['checks.yaml', 'groups.yaml', 'guests/a.yaml', 'guests/b.yaml', 'host.yaml']);
    assert.deepEqual(selection.diagnostics, []);
  });

  const silent = [
    'README',
    'README.md',
    'LICENSE',
    '.gitignore',
    '.gitattributes',
    '.natroute/host.schema.json',
    '.github/workflows/ci.yml',
    '.gitlab-ci.yml',
    'docs/guests.md',
    'scripts/deploy.sh',
    'Makefile',
    'mkdocs.yml',
    'guests/README.md',
    'guests/.gitkeep',
    'guests/web.yaml~',
    'renovate.json',
    'docs/guest.yaml.md',
  ];
  for (const path of silent) it(`says nothing about ${path}`, () => assert.deepEqual(told(['host.yaml', path]), []));

  const slips = [
    'guests/web.yml',
    'guests/web.YAML',
    'guests/web.json',
    'guests/web',
    'guests/eu/web.yaml',
    'guest/web.yaml',
    'Guests/web.yaml',
    'guests.d/web.yaml',
    'hosts.yaml',
    'Host.yaml',
    'host.yml',
    'check.yaml',
    'groups.yml',
    'group.yaml',
    'gropus.yaml',
    'checks.json',
  ];
  for (const path of slips)
    it(`warns of ${path}`, () => assert.deepEqual(told(['host.yaml', path]), [`warning unexpected-file ${path}`]));

  it('needs a host.yaml', () => {
    assert.deepEqual(told([]), ['error empty-repository']);
    assert.deepEqual(told(['README.md']), ['error empty-repository']);
    assert.deepEqual(told(['guests/a.yaml']), ['error missing-file']);
    assert.deepEqual(told(['host.yml']), ['error empty-repository', 'warning unexpected-file host.yml']);
  });
});

describe('many hosts', () => {
  const paths = [
    'hosts/a/host.yaml',
    'hosts/a/guests/w.yaml',
    'hosts/a/checks.yaml',
    'hosts/b/host.yaml',
    'hosts/ab/host.yaml',
    'common/groups.yaml',
    'common/checks.yaml',
    'README.md',
  ];

  it('read their own folder and common', () => {
    const { layout, wanted, diagnostics } = selectFiles(paths, 'a');
    assert.equal(layout, 'many');
    assert.deepEqual(wanted, [
      'common/checks.yaml',
      'common/groups.yaml',
      'hosts/a/checks.yaml',
      'hosts/a/guests/w.yaml',
      'hosts/a/host.yaml',
    ]);
    assert.deepEqual(diagnostics, []);
  });

  it('say which hosts there are', () => {
    const [d] = selectFiles(paths, 'zzz').diagnostics;
    assert.equal(d?.code, 'host-not-found');
    assert.match(d.help, /a, b or ab/);
    assert.match(
      selectFiles(['hosts/dedibox/host.yaml'], 'dediboks').diagnostics[0]?.help ?? '',
      /did you mean dedibox/,
    );
    assert.match(selectFiles(['hosts/README.md'], 'a').diagnostics[0]?.help ?? '', /no hosts\/NAME\/host\.yaml/);
  });

  it('need a host.yaml in their own folder', () =>
    assert.deepEqual(told(['hosts/a/guests/w.yaml']), ['error missing-file']));

  it('read nothing at the root', () =>
    assert.deepEqual(told([...paths, 'host.yaml', 'guests/x.yaml', 'groups.yaml']), [
      'warning unexpected-file host.yaml',
      'warning unexpected-file guests/x.yaml',
      'warning unexpected-file groups.yaml',
    ]));

  it('warn of slips in their own folder only', () =>
    assert.deepEqual(
      told([
        ...paths,
        'hosts/a/guests/x.yml',
        'hosts/b/guests/x.yml',
        'common/group.yaml',
        'common/guests/x.yaml',
        'common/host.yaml',
      ]),
      [
        'warning unexpected-file hosts/a/guests/x.yml',
        'warning unexpected-file common/group.yaml',
        'warning unexpected-file common/guests/x.yaml',
        'warning unexpected-file common/host.yaml',
      ],
    ));

  it('know each file', () => {
    assert.deepEqual(roleOf('hosts/a/guests/web.yaml', 'many', 'a'), { kind: 'guest', name: 'web' });
    assert.deepEqual(roleOf('common/groups.yaml', 'many', 'a'), { kind: 'groups' });
    assert.equal(roleOf('hosts/b/host.yaml', 'many', 'a'), null);
    assert.equal(roleOf('hosts/a/guests/x/web.yaml', 'many', 'a'), null);
    assert.equal(roleOf('host.yaml', 'many', 'a'), null);
  });
});
