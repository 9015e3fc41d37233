// The suite of the toolstacks on the real xl: two domains that sit at a boot prompt, and a Linux.
import { describe } from 'node:test';
import { referenceDesired } from '../../deploy/sandbox/reference-host.ts';
import type { Guest } from '../../src/model/desired.ts';
import { readList } from '../../src/core/guests/sight.ts';
import { testToolstack, type Bench } from '../contract/toolstack-suite.ts';
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

/** A real Linux, which gives memory back and ends when it is asked to. */
function linux(guest: Guest): Guest {
  const boot = { kernel: '/boot/vmlinux', ramdisk: '/boot/domu.initrd', extra: 'console=hvc0 quiet' };
  return { ...tiny(guest), memory: 128, boot, options: { maxmem: 160, maxvcpus: 2 } };
}

const [mail, siteclient, web] = guests as [Guest, Guest, Guest];

async function onTheRig(): Promise<Bench> {
  const rig = await openRig();
  const files = createFakeFiles();
  return {
    host,
    guests: [tiny(mail), tiny(siteclient), linux(web)],
    otherWeb: { ...linux(web), memory: 144 },
    open: () => remoteToolstack(rig, { files }),
    existing: async () =>
      readList(await rig.must('xl list'))
        .flatMap(({ name, domid, state }) => (name === null || domid === 0 || state === 'dying' ? [] : [name]))
        .sort(),
    close: () => rig.close(),
  };
}

const problem = rigProblem();
if (problem !== null) describe('Toolstack: the real xl', { skip: problem }, () => undefined);
else testToolstack('the real xl', onTheRig, { foreign: false });
