// Promise: every command ends within its bounds, takes its children along, and its failure is one plain sentence.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { firstErrorLine, runCommand, runCommandBytes } from '../../src/adapters/command.ts';
import { Fault, type FaultCode } from '../../src/model/fault.ts';

async function faultOf(run: Promise<unknown>, code: FaultCode): Promise<Fault> {
  try {
    await run;
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  }
  return assert.fail(`no ${code}`);
}

// A zombie that nobody has reaped yet is dead too.
function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 50 && alive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  return !alive(pid);
}

describe('runCommand', () => {
  it('gives output, error output and input through, without a shell', async () => {
    const echoed = await runCommand({ file: 'cat', args: [], input: 'a $HOME `b`\n' });
    assert.deepEqual(echoed, { exitCode: 0, stdout: 'a $HOME `b`\n', stderr: '' });
    const said = await runCommand({ file: 'printf', args: ['%s', '$(id); "x"'] });
    assert.equal(said.stdout, '$(id); "x"');
  });

  it('keeps bytes that are no UTF-8', async () => {
    const result = await runCommandBytes({ file: 'cat', args: [], input: Uint8Array.from([0xff, 0x00, 0x41]) });
    assert.deepEqual([...result.stdout], [0xff, 0x00, 0x41]);
  });

  it('speaks LC_ALL=C, adds and removes variables, and looks into sbin', async () => {
    process.env['NATROUTE_TEST_GOES'] = 'x';
    const result = await runCommand({
      file: 'sh',
      args: ['-c', 'echo "$LC_ALL $A ${NATROUTE_TEST_GOES-gone} $PATH"'],
      env: { A: 'b', LC_ALL: 'de_DE.UTF-8', NATROUTE_TEST_GOES: undefined },
    });
    delete process.env['NATROUTE_TEST_GOES'];
    assert.match(result.stdout, /^C b gone .*:\/usr\/local\/sbin:\/usr\/sbin:\/sbin\n$/);
  });

  it('does not fail over a program that does not read its input', async () => {
    const result = await runCommand({ file: 'true', args: [], input: 'x'.repeat(1_000_000) });
    assert.equal(result.exitCode, 0);
  });

  it('accepts the exit codes it was told', async () => {
    const result = await runCommand({ file: 'sh', args: ['-c', 'exit 2'], accept: [0, 2] });
    assert.equal(result.exitCode, 2);
    const fault = await faultOf(
      runCommand({ file: 'sh', args: ['-c', 'echo "# Warning: x" >&2; echo the cause >&2; exit 3'] }),
      'command-failed',
    );
    assert.equal(fault.message, 'sh failed (exit 3): the cause');
    assert.equal(fault.detail.exitCode, 3);
  });

  it('names the Debian package of a missing program', async () => {
    const fault = await faultOf(runCommand({ file: '/nowhere/conntrack', args: ['-L'] }), 'command-missing');
    assert.equal(fault.message, 'conntrack is not installed on this host.');
    assert.equal(fault.detail.help, 'Install it: apt-get install conntrack');
  });

  it('does not call a program missing when the folder is', async () => {
    const fault = await faultOf(runCommand({ file: 'true', args: [], cwd: '/nowhere' }), 'command-failed');
    assert.match(fault.message, /could not be started/);
  });

  it('says no-permission for a file that may not be run and for the kernel saying no', async () => {
    await faultOf(runCommand({ file: '/etc/passwd', args: [] }), 'no-permission');
    const fault = await faultOf(
      runCommand({ file: 'sh', args: ['-c', 'echo "Fatal: Permission denied (you must be root)" >&2; exit 4'] }),
      'no-permission',
    );
    assert.equal(fault.detail.help, 'Run it as root.');
  });

  it('shows what it was told to show in place of secrets', async () => {
    const fault = await faultOf(runCommand({ file: 'false', args: ['secret'], shown: 'false ...' }), 'command-failed');
    assert.equal(fault.detail.command, 'false ...');
  });

  it('kills the grandchildren too when the time is over', async () => {
    const started = Date.now();
    const script = 'sleep 300 & echo $! >&2; wait';
    const fault = await faultOf(
      runCommand({ file: 'sh', args: ['-c', script], timeoutSeconds: 0.3 }),
      'command-timeout',
    );
    assert.ok(Date.now() - started < 3000);
    assert.match(fault.message, /sh did not end within 0.3 s and was killed/);
    assert.ok(await gone(Number(fault.detail.output)));
  });

  it('does not wait for a child that left the group and holds the output', async () => {
    const started = Date.now();
    const result = await runCommand({ file: 'sh', args: ['-c', 'setsid sleep 30 & echo $!'] });
    assert.ok(Date.now() - started < 5000);
    const pid = Number(result.stdout);
    assert.ok(alive(pid), 'it goes on: only the waiting ends');
    process.kill(pid, 'SIGKILL');
    const fault = await faultOf(
      runCommand({ file: 'sh', args: ['-c', 'setsid sleep 30 & echo $! >&2; sleep 30'], timeoutSeconds: 0.3 }),
      'command-timeout',
    );
    process.kill(Number(fault.detail.output), 'SIGKILL');
    assert.ok(Date.now() - started < 8000);
  });

  it('bounds the output', async () => {
    const fault = await faultOf(runCommand({ file: 'yes', args: [], outputBytes: 10_000 }), 'command-failed');
    assert.match(fault.message, /printed more than 10000 bytes/);
  });

  it('stops on a signal, also one given before', async () => {
    const before = AbortSignal.abort();
    await faultOf(runCommand({ file: 'sleep', args: ['30'], signal: before }), 'command-failed');
    const soon = AbortSignal.timeout(100);
    const fault = await faultOf(runCommand({ file: 'sleep', args: ['30'], signal: soon }), 'command-failed');
    assert.match(fault.message, /was stopped/);
  });

  it('says when a program was killed by somebody else', async () => {
    const fault = await faultOf(runCommand({ file: 'sh', args: ['-c', 'kill -9 $$'] }), 'command-failed');
    assert.match(fault.message, /sh was ended by SIGKILL/);
  });
});

describe('firstErrorLine', () => {
  it('passes over warnings where something else is said', () => {
    assert.equal(firstErrorLine('# Warning: iptables-legacy tables present\n\n  real cause \n'), 'real cause');
    assert.equal(firstErrorLine('# Warning: only this\n'), '# Warning: only this');
    assert.equal(
      firstErrorLine('iptables-restore v1.8.9 (nf_tables): \nline 2: CHAIN_ADD failed\n'),
      'line 2: CHAIN_ADD failed',
    );
    assert.equal(firstErrorLine('iptables v1.8.9 (legacy): no chain\n'), 'iptables v1.8.9 (legacy): no chain');
    assert.equal(firstErrorLine(''), '');
  });
});
