/**
 * With --root, natroute works on an image or in a test: it must then never reach the rules of the machine it runs
 * on. The machine's first network namespace is told apart from one that somebody made, and refused.
 */
import { readlinkSync } from 'node:fs';
import { release } from 'node:os';
import { Fault } from '../model/fault.ts';
import type { Netfilter } from '../ports.ts';

// Since Linux 6.17 the first network namespace has a fixed inode number (include/uapi/linux/nsfs.h).
const firstNetworkNamespace = 'net:[4026531833]';
const fixedSince = [6, 17] as const;

export interface NamespaceFacts {
  readonly kernel: string;
  /** Throws where the link may not be read. */
  readonly link: (path: string) => string;
}

/** On older kernels, whether process 1 shares it: in doubt the answer is yes. */
export function inFirstNetworkNamespace(
  { kernel, link }: NamespaceFacts = { kernel: release(), link: (path) => readlinkSync(path) },
): boolean {
  const own = link('/proc/self/ns/net');
  const [major = 0, minor = 0] = kernel.split(/[.-]/).map(Number);
  if (major > fixedSince[0] || (major === fixedSince[0] && minor >= fixedSince[1]))
    return own === firstNetworkNamespace;
  try {
    return own === link('/proc/1/ns/net');
  } catch {
    return true;
  }
}

/** Every use of the nat table is refused. */
export function refusedNetfilter(): Netfilter {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new Fault('guarded', 'with --root, the nat table of the machine itself is not touched', {
        help: 'Leave --root out on the host itself, or run it in a network namespace of your own (unshare -n).',
      }),
    );
  return {
    probe: refuse,
    save: refuse,
    restore: refuse,
    canonicalise: refuse,
    listing: refuse,
    listingOf: refuse,
    flows: refuse,
    connections: refuse,
    cut: refuse,
  };
}
