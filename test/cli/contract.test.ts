// The command line as a contract: exit codes, what goes to which stream, colour, help, and the question before a change.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { webFile } from '../fakes/reference.ts';
import { type CliWorld, openCliWorld, type Ran } from './cli-world.ts';

let world: CliWorld;
before(async () => {
  world = await openCliWorld();
});
after(() => world.end());

const escape = '\u001b[';

function assertEnds(ran: Ran, code: number, { error = /^$/ }: { readonly error?: RegExp } = {}): void {
  assert.equal(ran.code, code, `${ran.out}\n${ran.error}`);
  assert.match(ran.error, error);
}

const commands = [
  'init',
  'import',
  'validate',
  'render',
  'plan',
  'apply',
  'run',
  'status',
  'drift',
  'adopt',
  'history',
  'blame',
  'approve',
  'confirm',
  'rollback',
  'resume',
  'suspend',
  'trace',
  'doctor',
  'unload',
];

describe('wrong usage ends with 64, one line and a help', () => {
  const wrong: readonly (readonly [args: readonly string[], error: RegExp])[] = [
    [['plna'], /^natroute: unknown command 'plna'\n {2}help: did you mean plan\? .*\n$/],
    [['plan', '--frmat', 'json'], /^natroute: unknown option '--frmat'\n {2}help: did you mean --format\?/],
    [['plan', '--format', 'xml'], /^natroute: option '--format <format>' argument 'xml' is invalid/],
    [['plan', 'twice', 'too'], /^natroute: too many arguments/],
    [['plan', '--state'], /^natroute: option '--state <dir>' argument missing/],
    [['plan', '--state', '.', '--commit', 'HEAD'], /^natroute: --state and --commit exclude each other\n {2}help: /],
    [['render'], /^natroute: required option '--out <dir>' not specified/],
    [['validate', '/nowhere'], /^natroute: There is no folder \/nowhere\.\n {2}help: /],
    [['suspend', '--for', '2h'], /^natroute: required option '--reason <text>' not specified/],
    [
      ['suspend', '--reason', 'x', '--for', 'long'],
      /^natroute: --for takes a duration: "long" is not a duration\n {2}help: /,
    ],
    [['suspend', '--reason', 'x', '--for', '9d'], /^natroute: 9d is too long for a suspension\n {2}help: /],
    [['confirm'], /^natroute: nothing waits for a confirmation\n {2}help: /],
    [['rollback', 'first'], /^natroute: "first" is no generation\n {2}help: /],
    [['rollback', '3'], /^natroute: nothing is applied on this host, so there is nothing to go back from\n {2}help: /],
    [['resume', '--only', 'web'], /^natroute: "web" is no forward\n {2}help: /],
    [['history', '--most', '0'], /^natroute: --most takes a whole number from 1/],
    [['history', '--since', 'yesterday'], /^natroute: "yesterday" is no time\n {2}help: /],
    [['history', '--port', '0'], /^natroute: "0" is no port\n {2}help: /],
    [['history', '--at', '2026-02-30'], /^natroute: there is no 2026-02-30 in the calendar\n {2}help: /],
    [['history', '--verify', '--port', '80'], /^natroute: --port and --verify exclude each other\n/],
    [['history', '--rules'], /^natroute: --rules needs --at TIME\n {2}help: /],
    [['history', '--port', '80', '--at', '1h'], /^natroute: --port and --at exclude each other\n {2}help: /],
    [['history', '--at', '2100-01-01'], /^natroute: 2100-01-01 is yet to come\n {2}help: /],
    [['adopt', '--only', 'main'], /^natroute: "main" is no forward\n {2}help: /],
    [
      ['adopt', '--branch', 'main'],
      /^natroute: main is the branch that this host follows: nothing is pushed to it\n {2}help: /,
    ],
    [['adopt', '--branch', '-x'], /^natroute: .*\n {2}help: /],
    [['blame', 'main'], /^natroute: "main" is no port\n {2}help: /],
    [['\u001b[31mred'], /^natroute: unknown command '\\u001b\[31mred'\n/],
  ];
  for (const [args, error] of wrong) {
    it(JSON.stringify(args), async () => {
      const ran = await world.run(...args);
      assertEnds(ran, 64, { error });
      assert.equal(ran.out, '');
      assert.equal(ran.error.trimEnd().split('\n').length <= 2, true, ran.error);
    });
  }

  it('no command at all prints the help, on stderr', async () => {
    const ran = await world.bare({});
    assertEnds(ran, 64, { error: /^Usage: natroute/ });
    assert.equal(ran.out, '');
  });
});

describe('help', () => {
  it('of the whole lists every command and the exit codes', async () => {
    for (const args of [['--help'], ['help']]) {
      const ran = await world.bare({}, ...args);
      assertEnds(ran, 0);
      for (const command of commands) assert.match(ran.out, new RegExp(`^ {2}${command} `, 'm'));
      assert.match(ran.out, /Exit codes: 0 fine, 1 failed, 2 .*, 64 wrong usage\./);
    }
    assert.match((await world.bare({}, '--version')).out, /^\d+\.\d+\.\d+\n$/);
  });

  for (const command of commands) {
    it(`of ${command} has examples`, async () => {
      const ran = await world.bare({}, command, '--help');
      assertEnds(ran, 0);
      assert.match(ran.out, new RegExp(`^Usage: natroute ${command} `));
      assert.match(ran.out, new RegExp(`Examples:\\n(.*\\n)*.*natroute ${command}`));
      for (const line of ran.out.split('\n')) assert.ok(line.length <= 100, line);
    });
  }
});

describe('from the first look to the last', () => {
  it('a plan is 0, and 2 with --exit-code; nothing was asked, nothing was changed', async () => {
    const before = await world.tables();
    const plan = await world.run('plan');
    assertEnds(plan, 0);
    assert.match(plan.out, /^dedibox: nothing applied yet -> commit [0-9a-f]{10} "The reference host" by Ann/);
    assert.match(plan.out, /\+ main:80\/tcp {2}opens {4}anyone -> web 192\.168\.1\.1:80\n/);
    assert.equal((await world.run('plan', '--exit-code')).code, 2);
    assert.equal(await world.tables(), before);
    const markdown = await world.run('plan', '--format', 'markdown');
    assertEnds(markdown, 0);
    assert.match(markdown.out, /^### natroute plan\n/);
  });

  it('before the first apply the reading commands answer, and leave no generation, intent or entry', async () => {
    assert.match(
      (await world.run('status')).out,
      /^dedibox: 2 things to look at\n! not applied {1,}nothing was applied yet/,
    );
    assert.match((await world.run('drift')).out, /nothing was applied on this host yet/);
    assert.equal((await world.run('drift', '--exit-code')).code, 0);
    assert.match((await world.run('history')).out, /^the ledger has no such entry\n$/);
    assert.match((await world.run('unload', '--yes')).out, /No changes: there is no rule of natroute in the kernel/);
    const left = await world.inside('sh', '-c', `cd ${world.root} && find var run -not -path '*/mirror.git/*' | sort`);
    assert.doesNotMatch(left.out, /generations\/|current|intent|memory|ledger/);
  });

  it('without a terminal and without --yes: 64 and nothing changed, with --json as well', async () => {
    const before = await world.tables();
    assertEnds(await world.run('apply'), 64, {
      error: /^natroute: there is no terminal to ask on, and --yes was not given\n {2}help: /,
    });
    const json = await world.run('apply', '--json');
    assertEnds(json, 64, { error: /^natroute: with --json nobody is asked/ });
    assert.equal(json.out, '');
    assert.equal(await world.tables(), before);
  });

  it('on a terminal: colour, the question, and only y is yes', async () => {
    const before = await world.tables();
    for (const answer of ['', 'n', 'yesterday', 'Y no', null]) {
      const ran = await world.onTerminal(answer, 'apply');
      assert.equal(ran.code, 1, ran.out);
      assert.match(ran.out, /Apply this plan\? \[y\/N\]/);
      assert.match(ran.out, /natroute: not applied\r\n$/);
      assert.equal(await world.tables(), before, String(answer));
    }
    const plain = await world.onTerminal('n', '--no-color', 'apply');
    // readline itself moves the cursor; colours are what ends in m.
    assert.doesNotMatch(plain.out, /\u001b\[[0-9;]*m/);
    const ran = await world.onTerminal('y', 'apply');
    assert.equal(ran.code, 0, ran.out);
    assert.match(ran.out, /\u001b\[32m {2}\+ main:80\/tcp/);
    assert.match(ran.out, /applied commit [0-9a-f]{10} as generation 1 \(\d+ changes\)\r\n$/);
    assert.match(await world.tables(), /"natroute web main:80\/tcp"/);
  });

  it('with nothing to do, apply is 0 and asks nobody', async () => {
    const ran = await world.run('apply');
    assertEnds(ran, 0);
    assert.match(ran.out, /No changes: the host is as the repository says\./);
    assert.equal((await world.run('plan', '--exit-code')).code, 0);
  });

  it('drift: found, told, 2 with --exit-code, healed by apply', async () => {
    await world.inside('iptables', '-t', 'nat', '-F', 'NR-A-main');
    const drift = await world.run('drift');
    assertEnds(drift, 0);
    assert.match(drift.out, /^dedibox: 1 difference from generation 1, found just now\n/);
    assert.match(drift.out, /- main:80\/tcp {2}closes/);
    assert.equal((await world.run('drift', '--exit-code')).code, 2);
    const healed = await world.run('apply', '--yes');
    assertEnds(healed, 0);
    assert.match(healed.out, /healed 1 change: generation 1 is in force again\n$/);
    assert.match((await world.run('drift')).out, /no drift/);
  });

  it('suspend leaves one forward alone, says so everywhere, and resume ends it', async () => {
    const ran = await world.run('suspend', '--reason', 'moving web', '--for', '2h', '--only', 'main:80/tcp');
    assertEnds(ran, 0);
    assert.match(ran.out, /^main:80\/tcp is left alone until .*Z: moving web\n$/);
    await world.inside('iptables', '-t', 'nat', '-F', 'NR-A-main');
    assert.match((await world.run('status')).out, /\n! suspended {3}main:80\/tcp is left alone until/);
    assert.match((await world.run('drift')).out, /\n! main:80.*\n(.*\n)*.*left\s+by\s+a\s+suspension\n$/);
    const applied = await world.run('apply', '--yes');
    assert.match(applied.out, /\n! main:80\/tcp is left alone until .*\nNo changes/);
    assert.doesNotMatch(await world.tables(), /--dport 80/);
    assertEnds(await world.run('resume', '--only', 'main:80/tcp'), 0);
    assert.equal((await world.run('apply', '--yes')).code, 0);
    assert.match(await world.tables(), /--dport 80/);
    const history = await world.run('history');
    assert.match(history.out, /Suspend: main:80\/tcp is left alone .*\(suspend \w+\)/);
    assert.match(history.out, /End the suspension: main:80\/tcp \(moving web\)/);
  });

  it('a folder needs no git; what was applied by hand holds new commits until resume', async () => {
    world.commit({ 'guests/web.yaml': webFile([80, 443]) }, 'Open https');
    const folder = await world.run('plan', '--state', world.state);
    assert.match(folder.out, /-> the folder .*\n(.*\n)* {2}\+ main:443\/tcp/);
    assertEnds(await world.run('apply', '--state', world.state, '--yes'), 0);
    assert.match((await world.run('status')).out, /! held {8}since .*was applied by\s+hand/);
    assert.match((await world.run('resume')).out, /^no longer held: /);
    assert.match((await world.run('resume')).out, /^nothing was held or suspended\n$/);
  });

  it('an older commit by its id, without the remote', async () => {
    const first = world.git('rev-parse', 'HEAD~1').slice(0, 12);
    world.config(`repository: {url: ${world.top}/gone, branch: main}\nhost: dedibox\n`);
    const ran = await world.run('plan', '--commit', first);
    assertEnds(ran, 0);
    assert.match(ran.out, /- main:443\/tcp {2}closes/);
    const head = await world.run('plan');
    assertEnds(head, 1, {
      error:
        /^natroute: .*\n( {2}.*\n)* {2}help: .*The last commit fetched is [0-9a-f]{10}; `--commit [0-9a-f]{10}` uses it/,
    });
    world.config(`repository: {url: ${world.state}, branch: main}\nhost: dedibox\n`);
    assertEnds(await world.run('plan', '--commit', 'no-such'), 1, { error: /^natroute: "no-such" names no commit/ });
    assertEnds(await world.run('plan', '--commit', '0123456789'), 1, { error: /^natroute: .*0123456789/ });
  });

  it('history: lines, one entry whole by the beginning of its id, filters', async () => {
    const all = await world.run('history');
    assertEnds(all, 0);
    const lines = all.out.trimEnd().split('\n');
    assert.equal(lines.length, 8);
    for (const line of lines)
      assert.match(
        line,
        /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}Z {2}[0-9a-f]{10} {2}(applied|healed|reported|suspended|resumed) {2,}\S/,
      );
    const id = lines.at(-1)?.split(/ +/)[2] ?? '';
    const one = await world.run('history', id);
    assertEnds(one, 0);
    assert.match(one.out, /^ {2}outcome {5}applied$/m);
    assert.match(one.out, /^ {4}\+ web main:80\/tcp {2}-p tcp/m);
    assert.equal((await world.run('history', '--most', '1')).out.split('\n').length, 2);
    assert.match((await world.run('history', '--author', 'nobody')).out, /no such entry/);
    assertEnds(await world.run('history', 'ffffffff'), 1, {
      error: /^natroute: the ledger has no entry ffffffff\n {2}help: /,
    });
  });

  it('history --port and --at, and blame: who opened it, when, and what was open then', async () => {
    const port = await world.run('history', '--port', 'main:80/tcp');
    assertEnds(port, 0);
    assert.match(port.out, /^main:80\/tcp was opened 3 times; open now\n/);
    assert.match(port.out, /opened by commit [0-9a-f]{10} "The reference host" by Ann <ann@example\.org>/);
    assert.match(port.out, /again {5}.*, heal, generation 1, entry [0-9a-f]{10}/);
    assert.match(port.out, /ended {5}changed behind natroute's back/);
    assert.match((await world.run('history', '--port', '9/udp')).out, /^9\/udp was never open/);
    // A time as the list shows it, to the second, means the entry of that second.
    const [listed = '', oldest = ''] =
      (await world.run('history')).out.trimEnd().split('\n').at(-1)?.split(/ {2}/) ?? [];
    const then = await world.run('history', '--at', listed);
    assertEnds(then, 0);
    assert.ok(then.out.includes(oldest), then.out);
    const now = await world.run('history', '--at', '0m');
    assertEnds(now, 64, { error: /"0m" is no time/ });
    const at = await world.run('history', '--at', new Date().toISOString().slice(0, 19) + 'Z', '--rules');
    assertEnds(at, 0);
    assert.match(at.out, /2 ways open by natroute's rules\n {2}main:80\/tcp -> web 192\.168\.1\.1:80/);
    assert.match(at.out, /\n\*nat\n:NR-A-main /);
    assert.match((await world.run('history', '--at', '2026-01-01')).out, /in UTC\): the ledger begins later, at /);
    const blame = await world.run('blame');
    assertEnds(blame, 0);
    assert.match(blame.out, /^dedibox: \d+ rules as they are in the kernel now/);
    assert.match(blame.out, /^ {2}main:80\/tcp web {2,}[0-9a-f]{10} {2}Ann {2,}none {2,}\S+ \S+ {2,}\d+$/m);
    for (const line of blame.out.split('\n')) assert.ok(line.length <= 100, line);
    const one = await world.run('blame', '80');
    assert.match(one.out, /^ {4}commit {5}[0-9a-f]{10} "The reference host"/m);
    assert.match(one.out, /^ {4}again {6}.*heal/m);
    const outside = await world.runWith({ outside: true }, 'blame');
    assertEnds(outside, 0);
    assert.match(outside.out, /as the last entry of the ledger has them/);
    assert.match(outside.out, /the kernel was not asked: with --root/);
  });

  it('history --verify: 0 where the ledger is whole, 1 where its history was rewritten', async () => {
    const whole = await world.run('history', '--verify');
    assertEnds(whole, 0);
    assert.match(whole.out, /^dedibox: the ledger is whole\n/);
    assert.match(whole.out, /^ {2}rules {7}those of \d+ entries are what the recorded commit compiles to$/m);
    assert.match(whole.out, /those of 1 not compared: a folder was applied by hand, no commit/);
    const ledger = `${world.root}/var/lib/natroute/ledger.git`;
    const head = (await world.inside('git', '--git-dir', ledger, 'rev-parse', 'main')).out.trim();
    const move = (to: string) => world.inside('git', '--git-dir', ledger, 'update-ref', 'refs/heads/main', to);
    await move('main~1');
    const damaged = await world.run('history', '--verify');
    assertEnds(damaged, 1);
    assert.match(damaged.out, /^ {2}! damage {4}The ledger in .* is damaged:\s+its history was rewritten/m);
    assert.match(damaged.out, /^ {2}help {8}Nothing is applied while the chain is damaged/m);
    await world.inside('iptables', '-t', 'nat', '-F', 'NR-A-main');
    const before = await world.tables();
    assertEnds(await world.run('apply', '--yes'), 1, {
      error: /^natroute: The ledger in .* is damaged: [^]*help: Nothing\s+is applied/,
    });
    assert.equal(await world.tables(), before);
    await move(head);
    assertEnds(await world.run('apply', '--yes'), 0);
  });

  it('a reader that goes away is no failure', async () => {
    const piped = `${process.execPath} ${world.bundle} --root ${world.root} history | true; echo "\${PIPESTATUS[0]}"`;
    const ran = await world.inside('bash', '-c', piped);
    assert.equal(ran.out, '0\n', ran.error);
    assert.equal(ran.error, '');
  });

  it('unload asks, takes out exactly ours, and the next apply is a first run', async () => {
    await world.inside('iptables', '-t', 'nat', '-A', 'PREROUTING', '-p', 'tcp', '--dport', '9', '-j', 'ACCEPT');
    assertEnds(await world.run('unload'), 64, { error: /no terminal/ });
    const no = await world.onTerminal('n', 'unload');
    assert.equal(no.code, 1);
    assert.match(await world.tables(), /NR-A-main/);
    const ran = await world.onTerminal('y', 'unload');
    assert.equal(ran.code, 0);
    assert.match(ran.out, /dedibox: generation \d -> nothing of natroute/);
    assert.match(ran.out, /not in `listens`/);
    const left = await world.tables();
    assert.doesNotMatch(left, /NR-|natroute/);
    assert.match(left, /-A PREROUTING -p tcp -m tcp --dport 9 -j ACCEPT/);
    assert.match((await world.run('plan')).out, /nothing applied yet ->/);
  });
});

describe('alerts', () => {
  const local = (notify: string): string =>
    `repository: {url: ${world.state}, branch: main}\nhost: dedibox\nnotify: ${notify}\n`;

  it('doctor --notify says of each receiver whether a test alert arrived', async () => {
    const out = join(world.top, 'alert');
    world.config(local(`[{type: command, command: [/bin/sh, -c, "cat > ${out}"]}, {type: slack, urlFile: /nowhere}]`));
    const ran = await world.run('doctor', '--notify');
    assertEnds(ran, 1);
    assert.match(
      ran.out,
      /\n {2}command-[0-9a-f]{8} {2}arrived\n {2}slack-[0-9a-f]{8} {4}\/nowhere does not exist\n {11}help: /,
    );
    assert.match(readFileSync(out, 'utf8'), /"host":"dedibox".*"event":"test"/);
    world.config(local(`[{type: command, command: [/bin/true]}]`));
    assertEnds(await world.run('doctor', '--notify'), 0);
  });

  it('apply tells, and is no failure where nobody can be told', async () => {
    const out = join(world.top, 'told');
    world.config(local(`[{type: command, command: [/bin/sh, -c, "cat >> ${out}"]}, {type: slack, urlFile: /nowhere}]`));
    const ran = await world.run('apply', '--yes');
    assertEnds(ran, 0, {
      error: /^natroute: warning: the alert by slack-\w+ waits for the next try: \/nowhere does not exist\n$/,
    });
    assert.match(readFileSync(out, 'utf8'), /"event":"applied"/);
    world.config(`repository: {url: ${world.state}, branch: main}\nhost: dedibox\n`);
  });

  it('the daemon tells who touched the firewall, that it was put back, and when it may be touched', async () => {
    const out = join(world.top, 'daemon-told');
    world.config(local(`[{type: command, command: [/bin/sh, -c, "cat >> ${out}"], events: [drift, suspended]}]`));
    await world.run('apply', '--yes');
    const told = async (until: RegExp): Promise<string> => {
      for (let tries = 0; tries < 200; tries++) {
        const text = existsSync(out) ? readFileSync(out, 'utf8') : '';
        if (until.test(text)) return text;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return assert.fail(`no alert like ${until.source}: ${existsSync(out) ? readFileSync(out, 'utf8') : 'none'}`);
    };
    const daemon = await world.daemon();
    try {
      // A second heal in the same words is told and logged like the first.
      for (const port of ['8801', '8802']) {
        await world.inside('iptables', '-t', 'nat', '-A', 'NR-SRC', '-p', 'tcp', '--sport', port, '-j', 'ACCEPT');
        const text = await told(new RegExp(`\\+ NR-SRC: -p tcp -m tcp --sport ${port} `));
        assert.match(text, /"state":"news".*"title":"1 rule created by hand, put back"/);
        assert.match(text, /"done":"healed: the rules are as they were"/);
        if ((await world.inside('iptables', '--version')).out.includes('nf_tables'))
          assert.match(text, /"who":"iptables(, pid \d+)?/);
      }
      assert.doesNotMatch(await world.tables(), /880[12]/);
      await world.run('suspend', '--reason', 'by hand', '--for', '1h');
      await told(/"event":"suspended","state":"trouble"|"state":"trouble".*"event":"suspended"/);
      await world.run('resume');
      await told(/resolved: suspended: everything/);
    } finally {
      const { out: log } = await daemon.stop();
      assert.equal(log.split('healed: healed 1 change').length - 1, 2, log);
    }
    world.config(`repository: {url: ${world.state}, branch: main}\nhost: dedibox\n`);
  });
});

describe('colour', () => {
  it('never without a terminal, whatever the variables say', async () => {
    for (const env of [{}, { FORCE_COLOR: '1' }, { NO_COLOR: '1' }]) {
      for (const args of [['plan'], ['status'], ['plan', '--state', '/nowhere'], ['--help']]) {
        const ran = await world.runWith({ env }, ...args);
        assert.ok(!ran.out.includes(escape) && !ran.error.includes(escape), args.join(' '));
      }
    }
  });

  it('on a terminal, unless NO_COLOR, TERM=dumb or --no-color', async () => {
    assert.match((await world.onTerminal('', 'status')).out, /\u001b\[1mdedibox/);
    for (const set of ['NO_COLOR=1', 'TERM=dumb']) {
      const command = `env ${set} ${process.execPath} ${world.bundle} --root ${world.root} status`;
      const ran = await world.inside('script', '--quiet', '--return', '--command', command, '/dev/null');
      assert.equal(ran.code, 0);
      assert.ok(!ran.out.includes(escape), set);
    }
    assert.ok(!(await world.onTerminal('', 'status', '--no-color')).out.includes(escape));
  });
});
