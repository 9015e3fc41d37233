// The suite of the toolstacks on the real xl: domains that sit at a boot prompt, deaf to a shutdown.
import { describe } from 'node:test';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';
import type { Guest } from '../../src/model/desired.ts';
import { readList } from '../../src/core/guests/sight.ts';
import { testToolstack } from '../contract/toolstack-suite.ts';
import { createFakeFiles } from '../fakes/files.ts';
import { remoteToolstack } from './remote.ts';
import { openRig, rigProblem } from './rig.ts';

const { host, guests } = referenceDesired({ reached: 'arp', ipv6: false });

/** A real domU that is made in a second or two. Its boot prompt asks without a pause: uncapped, three starve dom0. */
function tiny(guest: Guest): Guest {
  const options = { maxmem: 32, maxvcpus: 2, cap: 1 };
  return {
    ...guest,
    type: 'pv',
    memory: 16,
    vcpus: 1,
    boot: { kernel: '/boot/tiny.bin' },
    disks: [],
    interfaces: [],
    options,
  };
}

const [mail, siteclient, web] = guests.map(tiny) as [Guest, Guest, Guest];

const problem = rigProblem();
if (problem !== null) describe('Toolstack: the real xl', { skip: problem }, () => undefined);
else
  testToolstack('the real xl', async () => {
    const rig = await openRig();
    const files = createFakeFiles();
    return {
      host,
      guests: [mail, siteclient, web],
      otherWeb: { ...web, memory: 24 },
      open: () => remoteToolstack(rig, { files, stuckGuests: 'destroy' }),
      existing: async () =>
        readList(await rig.must('xl list'))
          .flatMap(({ name, domid, state }) => (name === null || domid === 0 || state === 'dying' ? [] : [name]))
          .sort(),
      addForeign: null,
      close: () => rig.close(),
    };
  });
