// Promise: doctor's checks are pure, and say what is amiss and what to do.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { examine } from '../../src/core/doctor/doctor.ts';
import { doctorText } from '../../src/core/views/doctor.ts';
import { plain } from '../../src/core/views/paint.ts';

it('shows trouble first, each with its help', () => {
  const remarks = examine({
    netfilter: { backend: 'legacy', version: '1.8.4', compareAndSwap: 'none' },
    receivers: 2,
  });
  assert.deepEqual(
    remarks.map(({ code, severity }) => [code, severity]),
    [
      ['iptables', 'warning'],
      ['notify', 'fine'],
    ],
  );
  const broken = examine({ netfilter: { problem: 'iptables is not installed', help: 'Install it.' }, receivers: 0 });
  const deliveries = [
    { receiver: 'slack-1', problem: null, help: null },
    { receiver: 'ntfy-2', problem: 'it is down', help: null },
  ];
  assert.equal(
    doctorText({ host: 'dedibox', remarks: broken.toReversed(), deliveries }, plain),
    `dedibox: 2 things to look at
  error    iptables: iptables is not installed
           help: Install it.
  warning  notify: nobody is told when somebody touches the firewall
           help: Add \`notify\` to the local config; \`natroute doctor --notify\` sends a test alert.

Test alert:
  slack-1           arrived
  ntfy-2            it is down
`,
  );
});
