/** A message in the form that each kind of receiver takes. */
import type { Envelope, Message, Receiver } from '../../model/alert.ts';
import { limits } from '../../model/limits.ts';
import { body, headline, urgency } from './words.ts';

export function envelopeOf(receiver: Receiver, message: Message): Envelope {
  const delivery = { 'x-natroute-delivery': message.id };
  switch (receiver.type) {
    case 'slack':
      return {
        kind: 'http',
        urlFile: receiver.urlFile,
        tokenFile: null,
        headers: { 'content-type': 'application/json', ...delivery },
        body: JSON.stringify({ text: slackText(message) }),
      };
    case 'webhook':
      return {
        kind: 'http',
        urlFile: receiver.urlFile,
        tokenFile: receiver.tokenFile,
        headers: { 'content-type': 'application/json', ...delivery },
        body: alertJson(message),
      };
    case 'ntfy':
      return {
        kind: 'http',
        urlFile: receiver.urlFile,
        tokenFile: receiver.tokenFile,
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          'title': ascii(headline(message)),
          'priority': urgency(message) === 'high' ? '4' : '3',
          ...delivery,
        },
        // A longer one would come as an attachment.
        body: cutBytes(body(message), limits.ntfyBytes),
      };
    case 'mail':
      return {
        kind: 'program',
        file: 'sendmail',
        args: ['-i', '-t', ...(receiver.from === null ? [] : ['-f', receiver.from])],
        env: {},
        input: mailText(receiver, message),
      };
    case 'command': {
      const [file = '', ...args] = receiver.command;
      const events = [...new Set(message.alerts.map(({ event }) => event))].join(',');
      return {
        kind: 'program',
        file,
        args,
        env: { NATROUTE_HOST: message.host, NATROUTE_EVENTS: events, NATROUTE_DELIVERY: message.id },
        input: alertJson(message),
      };
    }
    default:
      return receiver satisfies never;
  }
}

/** As schemas/alert.schema.json has it. */
function alertJson(message: Message): string {
  const text = `${headline(message)}\n\n${body(message)}`;
  return `${JSON.stringify({ format: 1, ...message, title: headline(message), text })}\n`;
}

/** `&`, `<` and `>` are syntax there, and a commit's subject shall not page everyone. */
function slackText(message: Message): string {
  const escape = (text: string): string =>
    text
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/@(?=everyone|here|channel|all\b)/gi, '@\u200b')
      // Marks of bold, code and the like would eat parts of a rule.
      .replace(/[*_~`]/g, (sign) => `\u200b${sign}`);
  return cutBytes(`*${escape(headline(message))}*\n${escape(body(message))}`, limits.chatBytes);
}

function mailText(receiver: Receiver & { readonly type: 'mail' }, message: Message): string {
  const headers = [
    ...(receiver.from === null ? [] : [`From: natroute <${receiver.from}>`]),
    `To: ${receiver.to.join(', ')}`,
    `Subject: [natroute] ${ascii(headline(message))}`,
    `Date: ${new Date(message.at).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${message.id}@${message.host}>`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ];
  return `${headers.join('\n')}\n\n${headline(message)}\n\n${body(message)}\n`;
}

/** Headers are ASCII; what else is in a title stands in the body too. */
function ascii(text: string): string {
  return text.replace(/[^\u0020-\u007e]/gu, '?').slice(0, limits.alertLineCharacters);
}

function cutBytes(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  const kept = Buffer.from(text)
    .subarray(0, most - 4)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
  return `${kept}\n...`;
}
