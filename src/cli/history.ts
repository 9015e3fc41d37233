/** `natroute history`: what happened to the rules, when, why and in which commit. */
import type { Command } from 'commander';
import { parsePortQuestion } from '../core/ledger/openings.ts';
import { atText, type AtFacts } from '../core/views/at.ts';
import { entryText, historyText } from '../core/views/history.ts';
import { openingsText } from '../core/views/openings.ts';
import { verifyText } from '../core/views/verify.ts';
import { defaultColumns } from '../core/views/words.ts';
import { readAt, readOpenings } from '../engine/history.ts';
import { verify } from '../engine/verify.ts';
import type { World } from '../engine/world.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import { type CliContext, Exit, exits, type GlobalOptions, showProgress, writeJson } from './context.ts';
import { atJson, openingJson, verificationJson } from './history-json.ts';
import { hostTimezone, readMoment, readTime } from './ledger-time.ts';

interface HistoryOptions extends GlobalOptions {
  readonly since?: string;
  readonly author?: string;
  readonly most?: string;
  readonly port?: string;
  readonly at?: string;
  readonly rules?: boolean;
  readonly verify?: boolean;
}

export function addHistory(command: Command, context: CliContext): void {
  command
    .argument('[id]', 'one entry, whole')
    .option('--since <time>', 'not older than: 2026-11-01, 2026-11-01T03:00, or 2h, 7d; with --verify, of gaps')
    .option('--author <text>', 'only what was done for commits whose author has this in it')
    .option('--most <n>', 'at most so many entries', '50')
    .option('--port <port>', 'each time that it was open: 2222/tcp, or main:2222/tcp')
    .option('--at <time>', 'the entry that was the newest then')
    .option('--rules', 'with --at: what was open then, and the rules as they were')
    .option('--verify', 'is the chain whole, and are the rules what the recorded commits compile to?')
    .addHelpText(
      'after',
      `
Examples:
  natroute history                                  the last 50 entries
  natroute history --since 7d --author ann          of the last week, of her commits
  natroute history 3f2a91c                          one entry with the lines before and after
  natroute history --port 2222/tcp                  when it was open, for whom, and who opened it
  natroute history --at 2026-11-01T03:00 --rules    what was open at that moment
  natroute history --verify || echo damaged       1 where anything is wrong

Times without a zone are in the timezone of host.yaml (UTC before the first apply).`,
    )
    .action(async (id: string | undefined) => {
      const options = command.optsWithGlobals<HistoryOptions>();
      const most = readMost(options.most);
      refuseWrongUse(id, options, context.now());
      const world = await context.records(options);
      if (options.verify === true) return showVerification(context, world, options);
      if (id !== undefined) return showEntry(context, world, { id, options });
      if (options.port !== undefined) return showOpenings(context, world, { port: options.port, options });
      if (options.at !== undefined) return showAt(context, world, { at: options.at, options });
      const clock = { now: context.now(), timezone: await hostTimezone(world) };
      const since = options.since === undefined ? null : readTime(options.since, clock).toISOString();
      const filter = { most, since, author: options.author ?? null };
      if (options.json === true) {
        const progress = showProgress(context, 'reading the ledger');
        writeJson(context, { entries: await world.ledger.entries(filter, progress) });
      } else context.out(historyText(await world.ledger.headings(filter), context.paint(options), context.columns));
    });
}

/** Before anything is opened: what asks for two things at once, and what can be read in no timezone. */
function refuseWrongUse(
  id: string | undefined,
  { since, author, port, at, rules, verify }: HistoryOptions,
  now: Date,
): void {
  for (const time of [since, at]) if (time !== undefined) readTime(time, { now, timezone: 'UTC' });
  if (port !== undefined) asPort(port);
  const asked = [
    ...(id === undefined ? [] : ['an id']),
    ...(port === undefined ? [] : ['--port']),
    ...(at === undefined ? [] : ['--at']),
    ...(verify === true ? ['--verify'] : []),
    ...((since === undefined || verify === true) && author === undefined ? [] : ['--since or --author']),
  ];
  if (asked.length > 1)
    throw new Fault('usage', `${asked.join(' and ')} exclude each other`, { help: 'Ask one question at a time.' });
  if (rules === true && at === undefined)
    throw new Fault('usage', '--rules needs --at TIME', {
      help: 'For the rules as they are now, see `natroute blame`.',
    });
}

interface Asked {
  readonly options: HistoryOptions;
}

async function showEntry(context: CliContext, world: World, { id, options }: Asked & { readonly id: string }) {
  const entry = await world.ledger.entry(id);
  if (entry === null)
    throw new Fault('no-such-revision', `the ledger has no entry ${id}`, {
      help: '`natroute history` lists them.',
    });
  if (options.json === true) writeJson(context, entry);
  else context.out(entryText(entry, context.paint(options)));
}

async function showOpenings(context: CliContext, world: World, { port, options }: Asked & { readonly port: string }) {
  const progress = showProgress(context, 'reading the ledger');
  const found = await readOpenings(world, { question: asPort(port), now: context.now(), progress });
  if (options.json === true) writeJson(context, { host: world.config.host, port, openings: found.map(openingJson) });
  else
    context.out(
      openingsText(port, found, { paint: context.paint(options), columns: context.columns ?? defaultColumns }),
    );
}

async function showAt(context: CliContext, world: World, { at, options }: Asked & { readonly at: string }) {
  const timezone = await hostTimezone(world);
  const time = readMoment(at, { now: context.now(), timezone });
  if (time > context.now())
    throw new Fault('usage', `${at} is yet to come`, { help: 'For what is open now, see `natroute blame`.' });
  const found = await readAt(world, { time, progress: showProgress(context, 'reading the ledger') });
  const facts: AtFacts = { host: world.config.host, asked: at, timezone, time, ...found };
  const rules = options.rules === true;
  if (options.json === true) writeJson(context, atJson(facts, rules));
  else context.out(atText(facts, { paint: context.paint(options), rules }));
}

async function showVerification(context: CliContext, world: World, options: HistoryOptions) {
  const timezone = await hostTimezone(world);
  const since = options.since === undefined ? null : readTime(options.since, { now: context.now(), timezone });
  const all = await verify(world, showProgress(context, 'verifying the ledger'));
  const found = { ...all, gaps: all.gaps.filter(({ at }) => since === null || Date.parse(at) >= since.getTime()) };
  if (options.json === true) writeJson(context, verificationJson(found));
  else context.out(verifyText(found, { paint: context.paint(options), columns: context.columns ?? defaultColumns }));
  if (found.damage.length + found.gaps.length + found.differing.length > 0) throw new Exit(exits.failed);
}

function asPort(text: string): NonNullable<ReturnType<typeof parsePortQuestion>> {
  const question = parsePortQuestion(text);
  if (question !== null) return question;
  throw new Fault('usage', `${JSON.stringify(text)} is no port`, {
    help: 'Write 2222/tcp, 2222, or main:2222/tcp; an address by its name in host.yaml.',
  });
}

function readMost(text: string | undefined): number {
  const most = Number(text ?? '50');
  if (Number.isSafeInteger(most) && most >= 1 && most <= limits.ledgerEntriesRead) return most;
  throw new Fault('usage', `--most takes a whole number from 1 to ${limits.ledgerEntriesRead}, not ${text ?? ''}`);
}
