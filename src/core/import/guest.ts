/** A domain config as a guest of the state repository: what natroute has words for, and a list of the rest. */
import { spellName } from '../parse/spell/names.ts';
import type { Spelled } from '../parse/spell/spelled.ts';
import { spellBootOrder, spellLine, spellOptionName, spellPath } from '../parse/spell/texts.ts';
import type { DomuFormat } from '../render/domu.ts';
import { readDisk, type DraftDisk } from './disk.ts';
import { isAtom, shorten, type Assigned, type Atom, type DomuConfig, type DomuValue, type Left } from './domu.ts';
import { readVif, type DraftVif, type VifOptions } from './vif.ts';

export type DraftOption = number | string | readonly (number | string)[];

export interface DraftGuest {
  readonly name: string;
  readonly format: DomuFormat;
  readonly type: 'pv' | 'pvh' | 'hvm' | null;
  readonly memory: number | null;
  readonly vcpus: number | null;
  /** By the words of the state repository. */
  readonly boot: ReadonlyMap<string, string>;
  readonly disks: readonly DraftDisk[];
  readonly vifs: readonly DraftVif[];
  readonly options: ReadonlyMap<string, DraftOption>;
  /** What of the config it does not say. */
  readonly left: readonly Left[];
}

interface Drafting {
  readonly config: DomuConfig;
  readonly left: Left[];
  /** Keys that were dealt with. */
  readonly done: Set<string>;
}

/** Null where there is no guest in it: no name, or one that cannot be a guest's. `left` says why. */
export function draftGuest(
  config: DomuConfig,
  options: VifOptions,
): { readonly guest: DraftGuest | null; readonly left: readonly Left[] } {
  const drafting: Drafting = { config, left: [...config.left], done: new Set() };
  const name = config.readable ? nameOf(drafting) : null;
  if (name === null) return { guest: null, left: drafting.left };
  const type = typeOf(drafting);
  const guest: Omit<DraftGuest, 'left'> = {
    name,
    format: config.format,
    type,
    memory: wholeOf(drafting, 'memory', [4, 16_777_216]),
    vcpus: wholeOf(drafting, 'vcpus', [1, 512]),
    boot: bootOf(drafting, type),
    disks: disksOf(drafting),
    vifs: vifsOf(drafting, options),
    options: optionsOf(drafting),
  };
  return { guest: { ...guest, left: drafting.left }, left: drafting.left };
}

function claim({ config, done }: Drafting, key: string): Assigned | null {
  done.add(key);
  return config.values.get(key) ?? null;
}

function leave({ left }: Drafting, key: string, { at, value }: Assigned, why: string): null {
  left.push({ at, what: shorten(`${key} = ${showValue(value)}`), why });
  return null;
}

export function showValue(value: DomuValue): string {
  if (!isAtom(value)) return `[${value.map(showValue).join(', ')}]`;
  return value.bare ? value.text : JSON.stringify(value.text);
}

function nameOf(drafting: Drafting): string | null {
  const found = claim(drafting, 'name');
  if (found === null) {
    if (drafting.config.values.size > 0)
      drafting.left.push({ at: null, what: 'a config without a name', why: 'no guest is known by it' });
    return null;
  }
  if (!isAtom(found.value)) return leave(drafting, 'name', found, 'it is a list');
  const name = spellName('guest', found.value.text);
  return 'value' in name ? name.value : leave(drafting, 'name', found, name.problem.message);
}

/** As C's strtol reads a number of any base for xl; xm's are decimal by now. */
function numberIn(atom: Atom, format: DomuFormat): number | null {
  const octal = format === 'xl' && /^0[0-7]+$/.test(atom.text);
  const fine = /^([1-9][0-9]*|0)$/.test(atom.text) || (format === 'xl' && /^0x[0-9a-fA-F]+$/.test(atom.text)) || octal;
  return fine && atom.text.length < 16 ? Number(octal ? `0o${atom.text.slice(1)}` : atom.text) : null;
}

function wholeOf(drafting: Drafting, key: string, [least, most]: readonly [number, number]): number | null {
  const found = claim(drafting, key);
  if (found === null) return null;
  const value = isAtom(found.value) ? numberIn(found.value, drafting.config.format) : null;
  if (value === null) return leave(drafting, key, found, 'it is no whole number');
  return value >= least && value <= most ? value : leave(drafting, key, found, `natroute takes ${least} to ${most}`);
}

const builders: Readonly<Record<string, 'pv' | 'hvm' | undefined>> = {
  generic: 'pv',
  linux: 'pv',
  hvm: 'hvm',
};

function typeOf(drafting: Drafting): DraftGuest['type'] {
  const [type, builder] = [claim(drafting, 'type'), claim(drafting, 'builder')];
  const text = type !== null && isAtom(type.value) ? type.value.text : null;
  if (type !== null && text !== 'pv' && text !== 'pvh' && text !== 'hvm')
    return leave(drafting, 'type', type, 'natroute knows pv, pvh and hvm');
  if (type !== null && drafting.config.format === 'xm') return leave(drafting, 'type', type, 'xm does not know it');
  const built = builder !== null && isAtom(builder.value) ? builders[builder.value.text] : undefined;
  if (builder !== null && built === undefined)
    leave(drafting, 'builder', builder, 'natroute knows linux, generic and hvm');
  if (text === null) return built ?? null;
  if (builder !== null && built !== undefined && built !== text)
    leave(drafting, 'builder', builder, `the type says ${text}`);
  return text as 'pv' | 'pvh' | 'hvm';
}

/** Key of the config, word of the state repository, and how that is spelled. */
const bootWords: readonly (readonly [key: string, word: string, spell: (text: string) => Spelled<string>])[] = [
  ['kernel', 'kernel', spellPath],
  ['ramdisk', 'ramdisk', spellPath],
  ['cmdline', 'cmdline', spellLine],
  ['root', 'root', spellLine],
  ['extra', 'extra', spellLine],
  ['firmware', 'firmware', spellFirmware],
  ['boot', 'order', spellBootOrder],
  ['bootloader', 'bootloader', spellLine],
];

function spellFirmware(text: string): Spelled<string> {
  if (['bios', 'seabios', 'rombios', 'uefi', 'ovmf'].includes(text)) return { value: text };
  return { problem: { code: 'wrong-value', message: `natroute knows no firmware ${text}`, help: '' } };
}

function bootOf(drafting: Drafting, type: DraftGuest['type']): ReadonlyMap<string, string> {
  const boot = new Map<string, string>();
  const { format } = drafting.config;
  for (const [key, word, spell] of bootWords) {
    const found = claim(drafting, key);
    if (found === null) continue;
    const text = isAtom(found.value) ? found.value.text : null;
    if (text === '') continue;
    if (key === 'kernel' && type === 'hvm' && text?.endsWith('hvmloader') === true) {
      // Xl has a firmware of its own and says that it ignores this; xm needs it, and natroute writes it for xm.
      if (format === 'xm' && text !== 'hvmloader') leave(drafting, key, found, 'natroute writes kernel = "hvmloader"');
      continue;
    }
    const why = whyNot({ key, text, type, format, hasKernel: boot.has('kernel') });
    const spelled = text === null ? null : spell(text);
    if (why !== null) leave(drafting, key, found, why);
    else if (spelled === null) leave(drafting, key, found, 'it is a list');
    else if ('problem' in spelled) leave(drafting, key, found, spelled.problem.message);
    else boot.set(word, spelled.value);
  }
  return boot;
}

interface BootKey {
  readonly key: string;
  readonly text: string | null;
  readonly type: DraftGuest['type'];
  readonly format: DomuFormat;
  readonly hasKernel: boolean;
}

function whyNot({ key, text, type, format, hasKernel }: BootKey): string | null {
  if (text !== null && text.length > (key === 'cmdline' || key === 'extra' ? 1000 : 200)) return 'it is too long';
  if (key === 'bootloader' && hasKernel) return 'natroute gives a guest with a kernel of its own no boot loader';
  if (key === 'bootloader' && type === 'hvm') return 'natroute gives an hvm guest no boot loader';
  if (format === 'xm' && (key === 'cmdline' || key === 'firmware')) return 'xm does not know it';
  if (format === 'xm' && key === 'kernel' && type === 'hvm') return 'natroute writes kernel = "hvmloader"';
  return null;
}

/** The texts of a list; anything else is left. */
function textsOf(drafting: Drafting, key: string): readonly { readonly text: string; readonly found: Assigned }[] {
  const found = claim(drafting, key);
  if (found === null) return [];
  if (isAtom(found.value)) {
    leave(drafting, key, found, 'it is no list, and the toolstack passes over it');
    return [];
  }
  return found.value.flatMap((item) => {
    if (isAtom(item)) return [{ text: item.text, found }];
    leave(drafting, key, { ...found, value: item }, 'it is a list in a list');
    return [];
  });
}

function disksOf(drafting: Drafting): readonly DraftDisk[] {
  const disks: DraftDisk[] = [];
  for (const { text, found } of textsOf(drafting, 'disk')) {
    const disk = readDisk(text, drafting.config.format);
    const why =
      typeof disk === 'string' ? disk : disks.some(({ as }) => as === disk.as) ? 'another has that name' : null;
    if (why !== null || typeof disk === 'string')
      drafting.left.push({ at: found.at, what: `disk ${text}`, why: why ?? '' });
    else disks.push(disk);
  }
  return disks;
}

function vifsOf(drafting: Drafting, options: VifOptions): readonly DraftVif[] {
  return textsOf(drafting, 'vif').flatMap(({ text, found }) => {
    const { vif, left } = readVif(text, { ...options, format: drafting.config.format });
    for (const [what, why] of left)
      drafting.left.push({
        at: found.at,
        what: shorten(what === text ? `vif ${text}` : `${what} in vif ${text}`),
        why,
      });
    return vif ?? [];
  });
}

/** All other keys go through as they are. */
function optionsOf(drafting: Drafting): ReadonlyMap<string, DraftOption> {
  const { config, done } = drafting;
  const options = new Map<string, DraftOption>();
  for (const [key, found] of config.values) {
    if (done.has(key)) continue;
    const spelled = spellOptionName(key);
    const value = optionOf(found.value);
    if ('problem' in spelled) leave(drafting, key, found, spelled.problem.message);
    else if (typeof value === 'object' && 'why' in value) leave(drafting, key, found, value.why);
    else options.set(key, value);
  }
  return options;
}

function optionOf(value: DomuValue): DraftOption | { readonly why: string } {
  if (isAtom(value)) return plainOption(value);
  if (value.length > 100) return { why: 'the list is too long' };
  const items = value.map((item) => (isAtom(item) ? plainOption(item) : { why: 'it is a list in a list' }));
  const wrong = items.find((item) => typeof item === 'object');
  return wrong ?? items.filter((item) => typeof item !== 'object');
}

/** A number in another base stays the text that it is: Xen reads both alike. */
function plainOption({ text, bare }: Atom): number | string | { readonly why: string } {
  if (bare && /^(0|-?[1-9][0-9]{0,14})$/.test(text)) return Number(text);
  const line = spellLine(text);
  if ('problem' in line) return { why: line.problem.message };
  return text.length > 1000 ? { why: 'it is too long' } : text;
}
