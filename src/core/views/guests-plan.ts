/** What will be done to guests, a line for each thing: what it costs those who use the guest comes first. */
import type { GuestsPlan, PlannedGuest } from '../../model/guest-status.ts';
import type { Style } from './paint.ts';

export const guestsHeading = 'Guests, one by one and by `natroute guests`:';

/** Lines without their indent. */
export function guestPlanLines({ guests, problem }: GuestsPlan): readonly (readonly [Style, string])[] {
  if (problem !== null) return [['warning', `! they could not be looked at: ${problem}`]];
  return guests.flatMap(linesOf);
}

function linesOf({ name, steps, pending, held }: PlannedGuest): readonly (readonly [Style, string])[] {
  return [
    ...steps.map(({ text, cost }) => [cost === 'live' ? 'create' : 'delete', `${name}: ${cost}: ${text}`] as const),
    ...pending.map((text) => ['update', `${name}: restart, which it waits for: ${text}`] as const),
    ...(held === null ? [] : [['warning', `! ${name}: ${held}`] as const]),
  ];
}
