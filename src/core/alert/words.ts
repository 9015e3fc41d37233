/** A message as plain text: host, what, who, done or not, and the command that shows more. */
import type { Alert, Message } from '../../model/alert.ts';
import { limits } from '../../model/limits.ts';
import { counted } from '../views/words.ts';

/** `dedibox: 1 rule deleted by hand, put back`. */
export function headline({ host, alerts }: Message): string {
  const [first, ...rest] = alerts;
  return `${host}: ${first?.title ?? ''}${rest.length === 0 ? '' : ` (and ${rest.length} more)`}`;
}

/** Without the headline where there is one alert; each alert a paragraph. */
export function body(message: Message): string {
  const shown = message.alerts.slice(0, limits.alertsShown);
  const more = message.alerts.length - shown.length;
  const single = message.alerts.length === 1;
  const paragraphs = shown.map((alert) => paragraph(alert, single));
  if (more > 0) paragraphs.push(`And ${counted(more, 'more alert')}: natroute history`);
  if (message.dropped > 0)
    paragraphs.push(`${counted(message.dropped, 'older alert')} never got through and will not come: natroute history`);
  return paragraphs.join('\n\n');
}

function paragraph({ at, title, what, who, done, more }: Alert, single: boolean): string {
  const time = `${at.slice(0, 10)} ${at.slice(11, 19)}Z`;
  const lines = [
    ...(single ? [] : [title]),
    ...what,
    ...(who === null ? [] : [`by ${who}`]),
    ...(done === '' ? [] : [done]),
    `at ${time}, more: ${more}`,
  ];
  return lines.join('\n');
}

/** How urgent the worst of it is. */
export function urgency({ alerts }: Message): 'high' | 'normal' {
  const urgent = alerts.some(
    ({ event, state }) => state !== 'resolved' && (event === 'failed' || event === 'drift' || event === 'rejected'),
  );
  return urgent ? 'high' : 'normal';
}
