/** Names of what natroute asks the host for. */
import { createHash } from 'node:crypto';

const interfaceNameCharacters = 15;

/** The macvlan of an address that is reached by its MAC: the address's name, or what the kernel takes of it, made unique. */
export function macvlanName(address: string): string {
  if (address.length <= interfaceNameCharacters) return address;
  const digest = createHash('sha256').update(address).digest('hex').slice(0, 6);
  return address.slice(0, interfaceNameCharacters - digest.length) + digest;
}
