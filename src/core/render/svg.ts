/** The picture as an SVG that needs nothing from elsewhere: no fonts, no scripts, no links. */
import { type Box, type Layout, layoutOf, type PlacedWay, sizes } from './layout.ts';
import type { Picture } from './picture.ts';

/** Distinct also for those who see few colours; they come round again behind the last. */
const colours = ['#2563a8', '#b4500f', '#13795b', '#8a3ea8', '#a3243b', '#5b6470', '#8a6d00', '#0f7285'];

const style = `
text { font-family: "DejaVu Sans", "Segoe UI", Helvetica, Arial, sans-serif; font-size: 12px; fill: #1c2733; }
.title { font-size: 20px; font-weight: 600; }
.name { font-size: 14px; font-weight: 600; }
.small { fill: #52606d; }
.ports { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 11.5px; }
.from { font-size: 11px; font-weight: 600; }
.off { fill: #7b8794; }
`;

export function renderSvg(picture: Picture): string {
  const layout = layoutOf(picture);
  const { width, height } = layout;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${round(height)}" viewBox="0 0 ${width} ${round(height)}" role="img">`,
    `<title>${escaped(picture.host)}: how packets from outside reach its guests</title>`,
    `<style>${style}</style>`,
    ...colours.map(
      (colour, i) =>
        `<marker id="tip${i}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" fill="${colour}"/></marker>`,
    ),
    `<rect width="${width}" height="${round(height)}" fill="#ffffff"/>`,
    text({ x: sizes.margin, y: sizes.margin + 16 }, picture.host, 'title'),
    ...outside(layout),
    ...layout.groups.flatMap(group),
    // Lines first, so that no line runs over a box.
    ...layout.ways.map(line),
    ...layout.addresses.flatMap(address),
    ...layout.ways.flatMap(way),
    ...layout.guests.flatMap(guest),
    '</svg>',
    '',
  ].join('\n');
}

/** What fits beside the ports. */
function shortly(name: string): string {
  return name.length <= 10 ? name : `${name.slice(0, 9)}…`;
}

function outside({ outside: box, addresses }: Layout): readonly string[] {
  // In sight also where the picture is longer than a screen.
  const middle = box.y + Math.min(box.height, 480) / 2 + 5;
  return [
    rectangle(box, { fill: '#eef2f6', stroke: '#cbd5df', radius: 14 }),
    `<text x="${box.x + box.width / 2}" y="${round(middle)}" text-anchor="middle" class="name">outside</text>`,
    ...addresses.map(({ box: to, colour }) => {
      const y = round(to.y + to.height / 2);
      return `<path d="M${box.x + box.width} ${y}H${to.x - 2}" ${stroke(colour)} stroke-width="2"/>`;
    }),
  ];
}

function group({ title, lines, box }: Layout['groups'][number]): readonly string[] {
  return [
    rectangle(box, { fill: '#f6f8fa', stroke: '#d5dde5', radius: 12 }),
    text({ x: box.x + sizes.padding, y: box.y + 20 }, title, 'name'),
    ...lines.map((one, i) =>
      text({ x: box.x + sizes.padding, y: box.y + 37 + i * sizes.line }, one, 'small', box.width - 2 * sizes.padding),
    ),
  ];
}

function line({ from, to, box, colour, kind }: PlacedWay): string {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [box.x, box.y + box.height / 2];
  const bend = (x2 - x1) / 2;
  const width = kind === 'carried' ? 3 : 1.6;
  const end = to.y + to.height / 2;
  const last = [box.x + box.width, to.x - 2];
  return [
    `<path d="M${x1} ${round(y1)}C${x1 + bend} ${round(y1)} ${x2 - bend} ${round(y2)} ${x2} ${round(y2)}" ${stroke(colour, false)} stroke-width="${width}" fill="none" opacity="0.75"/>`,
    `<path d="M${last[0] ?? 0} ${round(y2)}C${(last[0] ?? 0) + 20} ${round(y2)} ${(last[1] ?? 0) - 22} ${round(end)} ${last[1] ?? 0} ${round(end)}" ${stroke(colour)} stroke-width="${width}" fill="none"/>`,
  ].join('\n');
}

function address({ name, lines, box, colour }: Layout['addresses'][number]): readonly string[] {
  return [rectangle(box, { fill: '#ffffff', stroke: colourOf(colour), radius: 8 }), ...body(box, name, lines)];
}

function way({ box, lines, colour, kind, address: from }: PlacedWay): readonly string[] {
  return [
    rectangle(box, {
      fill: kind === 'carried' ? '#fbfbf4' : '#ffffff',
      stroke: colourOf(colour),
      radius: box.height > 40 ? 10 : 14,
    }),
    // Where many lines run side by side, the colour alone is hard to follow.
    `<text x="${box.x + box.width - 12}" y="${round(box.y + 8 + 12.5)}" text-anchor="end" class="from" style="fill:${colourOf(colour)}">${escaped(shortly(from))}</text>`,
    ...lines.map((one, i) =>
      text(
        { x: box.x + 12, y: box.y + 8 + 12.5 + i * sizes.line },
        one,
        kind === 'carried' ? 'small' : 'ports',
        box.width - 20,
      ),
    ),
  ];
}

function guest({ name, lines, box, running }: Layout['guests'][number]): readonly string[] {
  return [
    rectangle(box, { fill: '#ffffff', stroke: running ? '#52606d' : '#9aa5b1', radius: 8, dashed: !running }),
    ...body(box, name, lines, running ? '' : ' off'),
  ];
}

function body(box: Box, name: string, lines: readonly string[], more = ''): readonly string[] {
  const x = box.x + sizes.padding;
  const room = box.width - 2 * sizes.padding;
  return [
    text({ x, y: box.y + sizes.padding + 13 }, name, `name${more}`, room),
    ...lines.map((one, i) =>
      text({ x, y: box.y + sizes.padding + sizes.heading + 12 + i * sizes.line }, one, `small${more}`, room),
    ),
  ];
}

/** A text that might be wider than its room is drawn into it. */
function text(at: { readonly x: number; readonly y: number }, value: string, kind: string, room?: number): string {
  const wide = room !== undefined && value.length * (kind === 'ports' ? 7 : kind.startsWith('name') ? 8.6 : 7.2) > room;
  const fit = wide ? ` textLength="${room}" lengthAdjust="spacingAndGlyphs"` : '';
  const indent = /^ */.exec(value)?.[0].length ?? 0;
  return `<text x="${at.x + indent * 5}" y="${round(at.y)}" class="${kind}"${fit}>${escaped(value.trimStart())}</text>`;
}

interface Look {
  readonly fill: string;
  readonly stroke: string;
  readonly radius: number;
  readonly dashed?: boolean;
}

function rectangle(box: Box, { fill, stroke: line, radius, dashed = false }: Look): string {
  return `<rect x="${box.x}" y="${round(box.y)}" width="${box.width}" height="${round(box.height)}" rx="${radius}" fill="${fill}" stroke="${line}" stroke-width="1.4"${dashed ? ' stroke-dasharray="5 4"' : ''}/>`;
}

function colourOf(index: number): string {
  return colours[index % colours.length] ?? '#000000';
}

function stroke(index: number, tip = true): string {
  return `stroke="${colourOf(index)}"${tip ? ` marker-end="url(#tip${index % colours.length})"` : ''}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(value: string): string {
  return value.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
