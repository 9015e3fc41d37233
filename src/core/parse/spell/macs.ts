/** MAC addresses, spelled in lower case with colons. */
import { quoted } from '../visible.ts';
import { wrong } from './spelled.ts';
import type { Spelled } from './spelled.ts';

/** Problem `mac`: not six pairs of hex digits, or an address that no single interface can have. */
export function spellMac(text: string): Spelled<string> {
  const mac = text.toLowerCase();
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) {
    const digits = mac.replaceAll(/[-:.]/g, '');
    const help = /^[0-9a-f]{12}$/.test(digits)
      ? `write "${(digits.match(/../g) ?? []).join(':')}"`
      : 'write six pairs of hex digits, in quotes, such as "00:16:3e:00:00:28"';
    return wrong('mac', `${quoted(text)} is not a MAC address`, help);
  }
  if (mac === '00:00:00:00:00:00')
    return wrong('mac', `${mac} is no interface's address`, 'write the MAC that the interface has');
  // The lowest bit of the first byte marks multicast; ff:ff:ff:ff:ff:ff is among these.
  if ((Number.parseInt(mac.slice(0, 2), 16) & 1) === 1)
    return wrong(
      'mac',
      `${mac} is a multicast address, which no interface has`,
      'the first pair must be even: 00, 02, ...',
    );
  return { value: mac };
}

/** Whether a YAML 1.1 tool reads this unquoted text as a number in base 60. */
export function readAsNumberByYaml11(text: string): boolean {
  return /^[0-9]+(:[0-5]?[0-9])+$/.test(text);
}
