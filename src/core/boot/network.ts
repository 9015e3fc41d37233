/** Whether ifupdown sets up at boot what natroute writes of the host's own network, and nothing else in its place. */
import type { BootFiles, TextFile } from '../../model/boot.ts';
import type { Target } from '../../model/target.ts';
import { fine, type Remark, risk } from '../doctor/facts.ts';
import { hostNetworkFile } from '../render/files.ts';
import { contentOf } from '../render/header.ts';
import { globOf } from './sysctls.ts';

const mainFile = '/etc/network/interfaces';
const unit = 'networking.service';

/** [] where natroute writes none of it. */
export function networkRemarks(
  { files }: Pick<Target, 'files'>,
  { interfaces, enabledUnits }: Pick<BootFiles, 'interfaces' | 'enabledUnits'>,
): readonly Remark[] {
  const wanted = files.find(({ path }) => path === hostNetworkFile);
  if (wanted?.kind !== 'file') return [];
  const there = interfaces.find(({ path }) => path === hostNetworkFile);
  if (there === undefined)
    return [
      risk('boot-network', `${hostNetworkFile} is missing: a boot sets up none of it`, 'natroute plan, natroute apply'),
    ];
  const read = filesRead(interfaces);
  const remarks = [
    ...(there.text === contentOf(wanted)
      ? []
      : [
          risk(
            'boot-network',
            `${hostNetworkFile} is not as it was applied: a boot sets up something else`,
            'See `natroute drift` and `natroute plan`: the plan says why it was left where it is not put back.',
          ),
        ]),
    ...(read.includes(there)
      ? []
      : [
          risk(
            'boot-network',
            `${mainFile} does not read ${hostNetworkFile}: a boot sets up none of it`,
            `Add the line \`source /etc/network/interfaces.d/*\` to ${mainFile}.`,
          ),
        ]),
    ...(enabledUnits === null || enabledUnits.includes(unit)
      ? []
      : [
          risk(
            'boot-network',
            `${unit} is not enabled: ifupdown sets up nothing at boot`,
            `systemctl enable ${unit}, or have no \`hostNetwork: ifupdown\` where another program sets up the network.`,
          ),
        ]),
    ...doubled(
      wanted.body,
      read.filter((file) => file !== there),
    ),
  ];
  return remarks.length > 0 ? remarks : [fine('boot-network', `a boot sets up what ${hostNetworkFile} says`)];
}

/** Ifupdown carries out every stanza of an interface: an old one beside natroute's brings old addresses and gateways back. */
function doubled(body: string, others: readonly TextFile[]): readonly Remark[] {
  const ours = new Set(linesOf(body).flatMap(({ words: [word, name] }) => (word === 'iface' && name ? [name] : [])));
  return others.flatMap(({ path, text }) =>
    linesOf(text).flatMap(({ line, words: [word, name] }) =>
      word === 'iface' && name !== undefined && ours.has(name)
        ? [
            risk(
              'boot-network',
              `${name} is set up by ${path}:${line} too, beside what natroute writes`,
              'A boot does both: remove what stands there once natroute writes the same.',
            ),
          ]
        : [],
    ),
  );
}

/** The first file and all that it reads, and so on. */
function filesRead(interfaces: readonly TextFile[]): readonly TextFile[] {
  const read = interfaces.filter(({ path }) => path === mainFile);
  // It grows while it is walked: what is read may read more.
  for (const file of read)
    for (const { words } of linesOf(file.text))
      read.push(...interfaces.filter((other) => !read.includes(other) && sources(file.path, words, other.path)));
  return read;
}

function sources(from: string, [word, ...names]: readonly string[], path: string): boolean {
  const folder = from.slice(0, from.lastIndexOf('/'));
  const whole = (name: string): string => (name.startsWith('/') ? name : `${folder}/${name}`);
  const slash = path.lastIndexOf('/');
  if (word === 'source') return names.some((name) => globOf(whole(name)).test(path));
  if (word !== 'source-directory' || !/^[A-Za-z0-9_-]+$/.test(path.slice(slash + 1))) return false;
  return names.some((name) => globOf(whole(name).replace(/\/+$/, '')).test(path.slice(0, slash)));
}

function linesOf(text: string): readonly { readonly line: number; readonly words: readonly string[] }[] {
  return text
    .split('\n')
    .map((line, i) => ({ line: i + 1, words: line.trim().split(/\s+/) }))
    .filter(({ words: [word = ''] }) => word !== '' && !word.startsWith('#'));
}
