import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMonitorReader } from '../../src/core/monitor.ts';

// As nftables 1.0.6 printed it while iptables-nft, ip6tables-nft and nft changed the ruleset.
const output = `add table ip nat
add chain ip nat PREROUTING { type nat hook prerouting priority dstnat; policy accept; }
add rule ip nat PREROUTING tcp dport 80 counter packets 0 bytes 0 dnat to 10.0.0.1
# new generation 2 by process 2152 (iptables-nft)
add table ip filter
add chain ip filter INPUT { type filter hook input priority filter; policy accept; }
add rule ip filter INPUT counter packets 0 bytes 0 accept
# new generation 4 by process 2154 (iptables-nft)
delete rule ip nat PREROUTING handle 2
# new generation 5 by process 2155 (ip6tables-nft-r)
add table inet foo
# new generation 6 by process 2156 (nft)
`;

const expected = [
  { generation: 2, pid: 2152, process: 'iptables-nft', nat: true },
  { generation: 4, pid: 2154, process: 'iptables-nft', nat: false },
  { generation: 5, pid: 2155, process: 'ip6tables-nft-r', nat: true },
  { generation: 6, pid: 2156, process: 'nft', nat: false },
];

describe('what nft monitor prints', () => {
  it('names the process of each commit and whether nat was concerned', () => {
    assert.deepEqual(createMonitorReader().read(output), expected);
  });

  it('is read the same in pieces of any size', () => {
    for (const size of [1, 7, 64]) {
      const reader = createMonitorReader();
      const commits = [];
      for (let i = 0; i < output.length; i += size) commits.push(...reader.read(output.slice(i, i + size)));
      assert.deepEqual(commits, expected, `pieces of ${size}`);
    }
  });

  it('is not fooled by a process that names itself like the line', () => {
    const [commit] = createMonitorReader().read('# new generation 7 by process 9 (x) by process 1 ()\n');
    assert.deepEqual(commit, { generation: 7, pid: 9, process: 'x) by process 1 (', nat: false });
  });

  it('misses no change of a process that has an end of line in its name', () => {
    const text = 'add rule ip nat PREROUTING accept\n# new generation 9 by process 259 (ip\ntables)\n';
    assert.deepEqual(createMonitorReader().read(text + output), [
      { generation: 9, pid: 259, process: 'ip', nat: true },
      ...expected,
    ]);
  });
});
