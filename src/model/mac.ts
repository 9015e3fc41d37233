/** The MAC of a guest's interface for which nobody wrote one. */
import { createHash } from 'node:crypto';

/**
 * The same at each making of the guest, in Xen's own range: with a new one each time, neighbours would send to the old
 * one for as long as they remember it.
 */
export function steadyMac(guest: string, index: number): string {
  const digest = createHash('sha256').update(`${guest} ${index}`).digest('hex');
  return `00:16:3e:${digest.slice(0, 2)}:${digest.slice(2, 4)}:${digest.slice(4, 6)}`;
}
