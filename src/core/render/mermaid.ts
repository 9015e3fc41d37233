/** The picture as Mermaid text, which code forges and editors draw. */
import type { Picture } from './picture.ts';

export function renderMermaid({ host, addresses, groups }: Picture): string {
  const ids = new Map(addresses.map(({ name }, i) => [name, `a${i}`]));
  const lines = ['flowchart LR', `  outside((outside))`, `  subgraph host ["${label([host])}"]`, '    direction LR'];
  for (const { name, lines: more } of addresses) lines.push(`    ${ids.get(name) ?? ''}["${label([name, ...more])}"]`);
  const edges = addresses.map(({ name }) => `  outside --> ${ids.get(name) ?? ''}`);
  groups.forEach(({ title, lines: about, guests }, g) => {
    lines.push(`    subgraph g${g} ["${label([title, ...about])}"]`);
    guests.forEach(({ name, lines: more, running, ways }, i) => {
      const id = `g${g}n${i}`;
      lines.push(`      ${id}["${label([name, ...more])}"]${running ? '' : ':::off'}`);
      for (const { address, kind, lines: ports } of ways) {
        const arrow = kind === 'carried' ? '==>' : '-->';
        edges.push(`  ${ids.get(address) ?? ''} ${arrow}|"${label(ports.map((line) => line.trim()))}"| ${id}`);
      }
    });
    lines.push('    end');
  });
  return [...lines, '  end', ...edges, '  classDef off stroke-dasharray: 4 4,color:#777', ''].join('\n');
}

/** In Mermaid's quotes: its own entities for whatever could end them or be taken for markup. */
function label(lines: readonly string[]): string {
  return lines
    .map((line) => line.replace(/["#<>&`\\[\]{}|;]/g, (character) => `#${character.codePointAt(0) ?? 0};`))
    .join('<br>');
}
