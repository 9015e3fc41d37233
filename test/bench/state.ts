/** A state repository with so many forwards: at most 50 addresses, 250 forwards a guest file at most. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const mostAddresses = 50;
const perGuest = 40;

/** Writes it; `change` moves one forward of the last guest to another port. How many addresses there are. */
export function writeState(folder: string, forwards: number, change: number): number {
  const addresses = Math.min(mostAddresses, Math.max(1, Math.ceil(forwards / 20)));
  const names = Array.from({ length: addresses }, (_, i) => `a${i + 1}`);
  const lines = names.map((name, i) => `  ${name}: 203.0.113.${i + 10}/24`);
  writeFileSync(
    join(folder, 'host.yaml'),
    `uplink: {interface: eth0, gateway: 203.0.113.1}
addresses:
${lines.join('\n')}
networks:
  lan: {bridge: br0, subnet: 10.0.0.0/8, gateway: 10.255.255.254, snat: masquerade}
toolstack: netns
`,
  );
  mkdirSync(join(folder, 'guests'), { recursive: true });
  const guests = Math.ceil(forwards / perGuest);
  for (let g = 0; g < guests; g++)
    writeFileSync(join(folder, `guests/g${g}.yaml`), guestFile(g, { forwards, names, change }));
  return addresses;
}

function guestFile(
  g: number,
  { forwards, names, change }: { forwards: number; names: readonly string[]; change: number },
): string {
  const lines: string[] = [];
  for (let i = g * perGuest; i < Math.min((g + 1) * perGuest, forwards); i++) {
    const address = names[i % names.length] ?? '';
    const port = 1000 + Math.floor(i / names.length);
    const last = i === forwards - 1;
    lines.push(`  - {port: ${port}, to: ${last ? 80 + change : 80}, address: ${address}}`);
  }
  return `interfaces:\n  - {network: lan, ip: 10.${Math.floor(g / 250)}.${g % 250}.2}\nforwards:\n${lines.join('\n')}\n`;
}
