/**
 * Hands a message to its receiver: over HTTP, or to a program on its standard input. URLs and tokens are read from their
 * files each time and never shown, not even in a fault: messages name the file.
 */
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Envelope } from '../model/alert.ts';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Notifier } from '../ports.ts';
import { runCommand } from './command.ts';

type Post = Envelope & { readonly kind: 'http' };

export interface NotifierOptions {
  readonly userAgent: string;
  /** Default `limits.alertSeconds`. */
  readonly seconds?: number;
}

export function createNotifier({ userAgent, seconds = limits.alertSeconds }: NotifierOptions): Notifier {
  return {
    async send(envelope) {
      switch (envelope.kind) {
        case 'http':
          return post(envelope, userAgent, seconds);
        case 'program':
          return run(envelope, seconds);
        default:
          return envelope satisfies never;
      }
    },
  };
}

async function post(envelope: Post, userAgent: string, seconds: number): Promise<void> {
  const url = await readUrl(envelope.urlFile);
  const token = envelope.tokenFile === null ? null : await readSecret(envelope.tokenFile);
  const body = Buffer.from(envelope.body);
  const status = await exchange(url, { envelope, body, userAgent, token, seconds });
  const whose = `the receiver in ${envelope.urlFile}`;
  if (status >= 200 && status < 300) return;
  if (status >= 300 && status < 400)
    throw new Fault('alert-failed', `${whose} answers with a redirect (${status})`, {
      help: `Redirects are not followed: write the final URL into ${envelope.urlFile}.`,
    });
  if (refusals.has(status)) throw new Fault('alert-refused', `${whose} does not take this message (${status})`);
  throw new Fault('alert-failed', `${whose} answers ${status}`, status < 500 ? { help: helpOf(status) } : {});
}

/** What is said about this message; everything else may pass. */
const refusals: ReadonlySet<number> = new Set([400, 406, 411, 413, 415, 422]);

function helpOf(status: number): string {
  return status === 429
    ? 'It asks for a pause; it is tried again later.'
    : 'Look at the URL, and at the token if there is one.';
}

interface Exchange {
  readonly envelope: Post;
  readonly body: Buffer;
  readonly userAgent: string;
  readonly token: string | null;
  readonly seconds: number;
}

/** The status of the answer; what else it says is not read. */
function exchange(url: URL, { envelope, body, userAgent, token, seconds }: Exchange): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (why: string): void =>
      reject(new Fault('alert-failed', `the receiver in ${envelope.urlFile} ${why}`));
    const options = {
      method: 'POST',
      agent: false,
      // One bound for all of it: a receiver that answers drop by drop gets no more than one that hangs.
      signal: AbortSignal.timeout(seconds * 1000),
      headers: {
        'user-agent': userAgent,
        ...envelope.headers,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        'content-length': body.length,
      },
    };
    try {
      const outgoing = url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
      outgoing.once('response', (answer) => {
        resolve(answer.statusCode ?? 0);
        answer.destroy();
      });
      // Node's own words name the host, and a host can be the secret.
      outgoing.on('error', (error: NodeJS.ErrnoException) => failed(troubleWords(error, seconds)));
      outgoing.end(body);
    } catch (error) {
      // A token or header that cannot be sent; its text would be in the message.
      failed(`cannot be asked (${(error as NodeJS.ErrnoException).code ?? 'a bad header'})`);
    }
  });
}

function troubleWords({ code = '', name }: NodeJS.ErrnoException, seconds: number): string {
  if (name === 'AbortError' || name === 'TimeoutError') return `did not answer within ${seconds} s`;
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'has a host name that cannot be looked up';
    case 'ECONNREFUSED':
      return 'refuses the connection';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'closed the connection without an answer';
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'cannot be reached';
    default:
      return /CERT|SELF_SIGNED|TLS|SSL/.test(code)
        ? `has a certificate that is not trusted (${code})`
        : `failed${/^[A-Z_]+$/.test(code) ? ` (${code})` : ''}`;
  }
}

async function readUrl(path: string): Promise<URL> {
  const text = await readSecret(path);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new Fault('alert-failed', `${path} holds no URL`, { help: 'Write one line: https://...' });
  return url;
}

/** The first line of the file. */
async function readSecret(path: string): Promise<string> {
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'does not exist' : code === 'EACCES' ? 'may not be read by this user' : code;
    throw new Fault('alert-failed', `${path} ${why}`, { help: 'It is named by `notify` in the local config.' });
  }
  const line = text.slice(0, limits.alertSecretBytes).split('\n')[0]?.trim() ?? '';
  if (line === '') throw new Fault('alert-failed', `${path} is empty`, { help: 'Its first line is what counts.' });
  return line;
}

async function run(envelope: Envelope & { readonly kind: 'program' }, seconds: number): Promise<void> {
  try {
    await runCommand({
      file: envelope.file,
      args: envelope.args,
      env: envelope.env,
      input: envelope.input,
      timeoutSeconds: seconds,
      outputBytes: limits.alertAnswerBytes,
      // Its arguments are the local config's own, and may hold a token.
      shown: envelope.file,
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // What it printed may hold what it was given.
    const { help } = error.detail;
    const exit =
      error.detail.exitCode === undefined ? error.message : `${envelope.file} failed (exit ${error.detail.exitCode})`;
    throw new Fault('alert-failed', exit, help === undefined ? {} : { help });
  }
}
