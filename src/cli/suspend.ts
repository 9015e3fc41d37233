/** `natroute suspend`: leave everything, or one forward, alone for a while. */
import type { Command } from 'commander';
import { readForward, suspensionText } from '../core/drift/suspension.ts';
import { spellDuration } from '../core/parse/spell/dates.ts';
import { printable } from '../core/views/paint.ts';
import { suspend } from '../engine/suspend.ts';
import type { ForwardKey } from '../model/drift.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import { type CliContext, type GlobalOptions, writeJson } from './context.ts';
import { tellSuspended } from './tell.ts';

interface SuspendOptions extends GlobalOptions {
  readonly reason: string;
  readonly for: string;
  readonly only?: string;
}

export function addSuspend(command: Command, context: CliContext): void {
  command
    .requiredOption('--reason <text>', 'why: everybody who looks is told')
    .requiredOption('--for <duration>', 'how long, such as 30m or 2h; it ends by itself')
    .option('--only <forward>', 'only this forward, such as main:443/tcp; everything else goes on')
    .addHelpText(
      'after',
      `
Without --only nothing is applied or healed by itself until then. With it the rules of that forward
stay as they are, and what the repository says about it waits.

Examples:
  natroute suspend --reason "moving web to a new guest" --for 2h --only main:443/tcp
  natroute suspend --reason "working on the uplink" --for 30m
  natroute resume                                               end it earlier`,
    )
    .action(async () => {
      const options = command.optsWithGlobals<SuspendOptions>();
      const request = {
        reason: readReason(options.reason),
        seconds: readSeconds(options.for),
        only: onlyOf(options.only),
      };
      const world = await context.world(options);
      const suspension = await suspend(world, request);
      if (options.json === true) writeJson(context, { suspension });
      else context.out(`${printable(suspensionText(suspension))}\n`);
      await tellSuspended(context, world);
    });
}

/** Fault usage. */
export function onlyOf(text: string | undefined): ForwardKey | null {
  if (text === undefined) return null;
  const forward = readForward(text);
  if (forward !== null) return forward;
  throw new Fault('usage', `"${printable(text)}" is no forward`, {
    help: 'Write ADDRESS:PORT/PROTOCOL, such as main:443/tcp.',
  });
}

function readReason(text: string): string {
  const reason = text.trim();
  if (reason !== '' && reason.length <= limits.trailerCharacters) return reason;
  throw new Fault('usage', reason === '' ? '--reason is empty' : '--reason is too long', {
    help: 'Say in a few words why the host is left alone.',
  });
}

function readSeconds(text: string): number {
  const spelled = spellDuration(text);
  if ('problem' in spelled)
    throw new Fault('usage', `--for takes a duration: ${spelled.problem.message}`, {
      help: `${spelled.problem.help}.`,
    });
  if (spelled.value <= limits.suspensionMostSeconds) return spelled.value;
  throw new Fault('usage', `${printable(text)} is too long for a suspension`, {
    help: `At most ${limits.suspensionMostSeconds / 86_400}d; for longer use \`policy\` in the local config.`,
  });
}
