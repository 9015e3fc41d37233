/** Where everything of the picture stands: three columns, no two boxes on each other. Sizes in pixels. */
import type { Picture, PictureAddress, PictureGroup, PictureGuest, PictureWay } from './picture.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly outside: Box;
  readonly addresses: readonly (PictureAddress & { readonly box: Box; readonly colour: number })[];
  readonly groups: readonly (Pick<PictureGroup, 'title' | 'lines'> & { readonly box: Box })[];
  readonly guests: readonly (Pick<PictureGuest, 'name' | 'lines' | 'running'> & { readonly box: Box })[];
  readonly ways: readonly PlacedWay[];
}

export interface PlacedWay extends PictureWay {
  readonly box: Box;
  readonly colour: number;
  /** Where it comes from and where it leads. */
  readonly from: Box;
  readonly to: Box;
}

export const sizes = {
  margin: 28,
  title: 48,
  outside: 92,
  address: 190,
  way: 300,
  guest: 262,
  gapOutside: 70,
  gapAddress: 130,
  gapWay: 44,
  line: 17,
  padding: 11,
  heading: 20,
  between: 12,
  groupHead: 32,
  groupGap: 26,
} as const;

const boxHeight = (lines: number): number => 2 * sizes.padding + sizes.heading + lines * sizes.line;
const wayHeight = (lines: number): number => 2 * 8 + lines * sizes.line;
const stacked = (heights: readonly number[], gap: number): number =>
  heights.reduce((sum, height) => sum + height, 0) + Math.max(0, heights.length - 1) * gap;

export function layoutOf(picture: Picture): Layout {
  const addressX = sizes.margin + sizes.outside + sizes.gapOutside;
  const wayX = addressX + sizes.address + sizes.gapAddress;
  const guestX = wayX + sizes.way + sizes.gapWay;
  const rows = placeRows(picture.groups, { wayX, guestX });
  const addresses = placeAddresses(picture.addresses, rows.ways, addressX);
  const bottom = Math.max(rows.bottom, ...addresses.map(({ box }) => box.y + box.height));
  const top = sizes.margin + sizes.title;
  const byName = new Map(addresses.map((address) => [address.name, address]));
  return {
    width: guestX + sizes.guest + 2 * sizes.padding + sizes.margin,
    height: bottom + sizes.margin,
    outside: { x: sizes.margin, y: top, width: sizes.outside, height: bottom - top },
    addresses,
    groups: rows.groups,
    guests: rows.guests,
    ways: rows.ways.flatMap((way) => {
      const from = byName.get(way.address);
      return from === undefined ? [] : [{ ...way, from: from.box, colour: from.colour }];
    }),
  };
}

interface Rows {
  readonly groups: Layout['groups'];
  readonly guests: Layout['guests'];
  readonly ways: readonly (PictureWay & { readonly box: Box; readonly to: Box })[];
  readonly bottom: number;
}

function placeRows(
  groups: readonly PictureGroup[],
  { wayX, guestX }: { readonly wayX: number; readonly guestX: number },
): Rows {
  const placed: {
    groups: Layout['groups'][number][];
    guests: Layout['guests'][number][];
    ways: Rows['ways'][number][];
  } = { groups: [], guests: [], ways: [] };
  let y: number = sizes.margin + sizes.title;
  for (const { title, lines, guests } of groups) {
    const head = y;
    y += sizes.groupHead + lines.length * sizes.line;
    for (const guest of guests) {
      const heights = guest.ways.map(({ lines }) => wayHeight(lines.length));
      const own = boxHeight(guest.lines.length);
      const row = Math.max(own, stacked(heights, 8));
      const box: Box = { x: guestX, y: y + (row - own) / 2, width: sizes.guest, height: own };
      placed.guests.push({ name: guest.name, lines: guest.lines, running: guest.running, box });
      let wayY = y + (row - stacked(heights, 8)) / 2;
      guest.ways.forEach((way, i) => {
        const height = heights[i] ?? 0;
        placed.ways.push({ ...way, box: { x: wayX, y: wayY, width: sizes.way, height }, to: box });
        wayY += height + 8;
      });
      y += row + sizes.between;
    }
    const box: Box = {
      x: guestX - sizes.padding,
      y: head,
      width: sizes.guest + 2 * sizes.padding,
      height: y - head,
    };
    placed.groups.push({ title, lines, box });
    y += sizes.groupGap;
  }
  return { ...placed, bottom: groups.length === 0 ? y : y - sizes.groupGap };
}

/** Each as near as can be to the middle of where it leads, so that few lines cross. */
function placeAddresses(addresses: readonly PictureAddress[], ways: Rows['ways'], x: number): Layout['addresses'] {
  const middle = (box: Box): number => box.y + box.height / 2;
  const wanted = addresses.map((address, colour) => {
    const own = ways.filter((way) => way.address === address.name).map(({ box }) => middle(box));
    const at = own.length === 0 ? Infinity : own.reduce((sum, one) => sum + one, 0) / own.length;
    return { ...address, colour, at };
  });
  let y = sizes.margin + sizes.title;
  return wanted
    .toSorted((a, b) => (a.at === b.at ? a.colour - b.colour : a.at - b.at))
    .map(({ at, ...address }) => {
      const height = boxHeight(address.lines.length);
      const top = at === Infinity ? y : Math.max(y, at - height / 2);
      y = top + height + 2 * sizes.between;
      return { ...address, box: { x, y: top, width: sizes.address, height } };
    });
}
