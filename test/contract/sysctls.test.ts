// The Sysctls port on a real kernel, in a network namespace of its own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const adapter = join(import.meta.dirname, '../../src/adapters/sysctls.ts');

function inside(code: string, setUp = 'true'): unknown {
  const program = `import { createSysctls } from ${JSON.stringify(adapter)};
const said = (error) => ({ code: error.code, message: error.message, output: error.detail?.output, help: error.detail?.help });
const main = async () => { ${code} };
console.log(JSON.stringify(await main().catch(said)));`;
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', program];
  const run = spawnSync('unshare', ['-n', 'sh', '-c', `${setUp} && exec "$@"`, 'sh', ...node], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout) as unknown;
}

describe('sysctls', () => {
  it('are written and read in the namespace of the process, also of an interface with a dot in its name', () => {
    const machine = readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8');
    const read = inside(
      `const s = createSysctls({ onlyNetwork: true });
       await s.write('net.ipv4.ip_forward', '1');
       await s.write('net.ipv4.conf.a/1.rp_filter', '2');
       await s.write('net.ipv4.ip_local_port_range', '20000 30000');
       const found = await s.read(['net.ipv4.ip_forward', 'net.ipv4.conf.a/1.rp_filter', 'net.ipv4.ip_local_port_range', 'net.ipv4.conf.none.rp_filter', 'kernel.core_pattern', 'net.ipv6.conf.default.stable_secret']);
       return [...found.values()];`,
      'ip link add a.1 type bridge',
    );
    // The last one is there, and the kernel fails to read it.
    assert.deepEqual(read, ['1', '2', '20000 30000', null, null, null]);
    assert.equal(readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'), machine);
  });

  it('refuse a value that the kernel does not take, and with --root what is the machine’s own', () => {
    const write = (key: string, value: string): unknown =>
      inside(`await createSysctls({ onlyNetwork: true }).write('${key}', '${value}');`);
    const refused = write('net.ipv4.ip_forward', 'many') as Record<string, string>;
    assert.deepEqual([refused['code'], refused['output']], ['command-failed', 'EINVAL']);
    assert.match(refused['message'] ?? '', /^the kernel does not take net\.ipv4\.ip_forward = many$/);
    assert.equal((write('kernel.core_pattern', 'x') as Record<string, string>)['code'], 'guarded');
    assert.equal((write('net.ipv4.none', '1') as Record<string, string>)['code'], 'command-failed');
  });
});
