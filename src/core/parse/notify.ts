/** `notify` of the local config: each kind of receiver has keys of its own. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import { alertEvents, type Receiver } from '../../model/alert.ts';
import type { ConfigFile } from '../../model/generated/config-file.ts';
import { listed } from './nearest.ts';
import { diagnose } from './source.ts';
import type { Problem } from './spell/spelled.ts';
import { keySpan, type YamlFile } from './yaml-data.ts';

type Written = NonNullable<ConfigFile['notify']>[number];
type Key = Exclude<keyof Written, 'type' | 'events'>;

const keys: Readonly<Record<Written['type'], { readonly needed: Key; readonly others: readonly Key[] }>> = {
  slack: { needed: 'urlFile', others: [] },
  webhook: { needed: 'urlFile', others: ['tokenFile'] },
  ntfy: { needed: 'urlFile', others: ['tokenFile'] },
  mail: { needed: 'to', others: ['from'] },
  command: { needed: 'command', others: [] },
};

/** What the schema cannot say well: a receiver without what its type needs, or with what it cannot use. */
export function checkNotify(file: YamlFile, notify: readonly Written[]): readonly Diagnostic[] {
  return notify.flatMap((written, i) => problemsOf(file, written, `notify[${i}]`));
}

function problemsOf(file: YamlFile, written: Written, name: string): readonly Diagnostic[] {
  const marks = file.marks.get(written);
  const { needed, others } = keys[written.type];
  const at = (key: string, problem: Problem): Diagnostic => {
    const mark = marks?.keys.get(key);
    return diagnose(file.source, mark === undefined ? (marks?.self ?? file.rootSpan) : keySpan(mark), problem);
  };
  const used = Object.keys(written).filter((key) => key !== 'type' && key !== 'events');
  const idle = used.filter((key) => key !== needed && !(others as readonly string[]).includes(key));
  const command = written.command?.[0];
  return [
    ...(written[needed] === undefined
      ? [at('type', { code: 'missing-key', message: `${name} has no "${needed}"`, help: helps[needed] })]
      : []),
    ...idle.map((key) =>
      at(key, {
        code: 'unknown-key',
        message: `${name} of type ${written.type} does not use "${key}"`,
        help: `remove it; the keys are ${listed(['type', needed, ...others, 'events'])}`,
      }),
    ),
    ...(command !== undefined && !command.startsWith('/')
      ? [
          at('command', {
            code: 'wrong-value',
            message: `${name} names its program without a path`,
            help: helps.command,
          }),
        ]
      : []),
  ];
}

const helps: Readonly<Record<Key, string>> = {
  urlFile: "add urlFile: the file with the receiver's URL",
  tokenFile: 'add tokenFile: the file with the token',
  to: 'add to: [ops@example.org]',
  from: 'add from: natroute@example.org',
  command: 'write the full path of the program: [/usr/local/bin/page-ops]',
};

/** Of what checkNotify found nothing wrong with. */
export function receiverOf(written: Written): Receiver {
  const events = written.events ?? alertEvents;
  const { type, urlFile = '', tokenFile = null } = written;
  switch (type) {
    case 'slack':
      return { type, urlFile, events };
    case 'webhook':
    case 'ntfy':
      return { type, urlFile, tokenFile, events };
    case 'mail':
      return { type, to: written.to ?? [], from: written.from ?? null, events };
    case 'command':
      return { type, command: written.command ?? [], events };
    default:
      return type satisfies never;
  }
}
