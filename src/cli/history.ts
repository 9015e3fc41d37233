/** `natroute history`: what happened to the rules, when, why and in which commit. */
import type { Command } from 'commander';
import { entryText, historyText } from '../core/views/history.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import { type CliContext, type GlobalOptions, writeJson } from './context.ts';

interface HistoryOptions extends GlobalOptions {
  readonly since?: string;
  readonly author?: string;
  readonly most?: string;
}

export function addHistory(command: Command, context: CliContext): void {
  command
    .argument('[id]', 'one entry, whole')
    .option('--since <time>', 'not older than: 2026-11-01, 2026-11-01T03:00, or 2h, 7d')
    .option('--author <text>', 'only of commits whose author has this in it')
    .option('--most <n>', 'at most so many entries', '50')
    .addHelpText(
      'after',
      `
Examples:
  natroute history                     the last 50 entries
  natroute history --since 7d          of the last week
  natroute history 3f2a91c             one entry with the lines before and after`,
    )
    .action(async (id: string | undefined) => {
      const options = command.optsWithGlobals<HistoryOptions>();
      const filter = {
        most: readMost(options.most),
        since: options.since === undefined ? null : readTime(options.since, context.now()),
        author: options.author ?? null,
      };
      const world = await context.records(options);
      const paint = context.paint(options);
      if (id !== undefined) {
        const entry = await world.ledger.entry(id);
        if (entry === null)
          throw new Fault('no-such-revision', `the ledger has no entry ${id}`, {
            help: '`natroute history` lists them.',
          });
        if (options.json === true) writeJson(context, entry);
        else context.out(entryText(entry, paint));
        return;
      }
      const entries = await world.ledger.entries(filter);
      if (options.json === true) writeJson(context, { entries });
      else context.out(historyText(entries, paint, context.columns));
    });
}

function readMost(text: string | undefined): number {
  const most = Number(text ?? '50');
  if (Number.isSafeInteger(most) && most >= 1 && most <= limits.ledgerEntriesRead) return most;
  throw new Fault('usage', `--most takes a whole number from 1 to ${limits.ledgerEntriesRead}, not ${text ?? ''}`);
}

const secondsIn = { m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** An ISO date or time (in the machine's own time zone where it names none), or how long ago; as ISO 8601 in UTC. */
function readTime(text: string, now: Date): string {
  const ago = /^([1-9]\d{0,5})([mhdw])$/.exec(text);
  if (ago !== null) {
    const seconds = Number(ago[1]) * secondsIn[ago[2] as keyof typeof secondsIn];
    return new Date(now.getTime() - seconds * 1000).toISOString();
  }
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const time = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text)
    ? new Date(day ? `${text}T00:00:00` : text)
    : null;
  if (time === null || Number.isNaN(time.getTime()))
    throw new Fault('usage', `${JSON.stringify(text)} is no time`, {
      help: 'Write 2026-11-01, 2026-11-01T03:00, 2026-11-01T03:00Z, or how long ago: 90m, 2h, 7d.',
    });
  return time.toISOString();
}
