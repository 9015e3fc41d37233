// The suite of the toolstacks, on the fake and on network namespaces; test/xen has the real xl.
import { toolstackIn } from '../../deploy/sandbox/guests.ts';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';
import { startSandbox, type Sandbox } from '../../deploy/sandbox/sandbox.ts';
import type { Guest } from '../../src/model/desired.ts';
import { createFakeToolstack } from '../fakes/toolstack.ts';
import { testToolstack, type Bench } from './toolstack-suite.ts';

const { host, guests } = referenceDesired({ reached: 'arp', ipv6: true });
const [mail, siteclient, web] = guests as [Guest, Guest, Guest];
const [entry] = web.interfaces;
if (entry?.kind !== 'nat') throw new Error('web is on a network');
const given = {
  host,
  guests: [mail, siteclient, web] as const,
  otherWeb: { ...web, interfaces: [{ ...entry, ips: { v4: '192.168.1.77' } }] },
};

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  'the fake': () => {
    const first = createFakeToolstack();
    return Promise.resolve({
      ...given,
      open: () => first.restart(),
      existing: () => Promise.resolve(first.existing()),
      addForeign: (name) => {
        first.addForeign(name);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    });
  },
  'network namespaces': async () => {
    const sandbox: Sandbox = await startSandbox({ backend: 'nft', reached: 'arp', bridgeNf: 0, ipv6: true });
    return {
      ...given,
      open: () => toolstackIn(sandbox),
      existing: async () => {
        const names = (await sandbox.must('dom0', ['ip', 'netns', 'list']))
          .split('\n')
          .map((line) => line.split(' ')[0]!);
        return names.filter((name) => !['', 'dom0', 'internet'].includes(name)).sort();
      },
      addForeign: async (name) => {
        await sandbox.must('dom0', ['ip', 'netns', 'add', name]);
      },
      close: () => sandbox.stop(),
    };
  },
};

for (const [title, open] of Object.entries(benches)) testToolstack(title, open, { foreign: true });
