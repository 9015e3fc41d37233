// Promise: a message arrives once and whole, or there is a fault that says why within the bound and shows no secret.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createNotifier } from '../../src/adapters/notifier.ts';
import { Fault, type FaultCode } from '../../src/model/fault.ts';
import type { Envelope } from '../../src/model/alert.ts';
import type { Notifier } from '../../src/ports.ts';
import { createFakeNotifier } from '../fakes/notifier.ts';

async function faultOf(run: Promise<unknown>, code: FaultCode): Promise<Fault> {
  const error: unknown = await run.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Fault, String(error));
  assert.equal(error.code, code, error.message);
  const all = JSON.stringify([error.message, error.detail, error.stack, String(error.cause)]);
  assert.doesNotMatch(all, /s3cret|127\.0\.0\.1|no-such-host/);
  return error;
}

interface Case {
  readonly notifier: Notifier;
  readonly envelope: Envelope;
  /** Texts of the messages that arrived. */
  readonly got: () => readonly string[];
  /** How the next messages are received. */
  readonly behave: (how: 'takes' | 'refuses' | 'fails') => void;
}

function contract(name: string, open: () => Case): void {
  describe(`the Notifier port: ${name}`, () => {
    it('delivers what it was given, once', async () => {
      const { notifier, envelope, got } = open();
      await notifier.send(envelope);
      assert.deepEqual(got(), ['{"text":"h\u00e9llo"}']);
    });
    it('tells a receiver that may take it later from one that never will', async () => {
      const { notifier, envelope, got, behave } = open();
      behave('fails');
      await faultOf(notifier.send(envelope), 'alert-failed');
      behave('refuses');
      await faultOf(notifier.send(envelope), 'alert-refused');
      behave('takes');
      await notifier.send(envelope);
      assert.equal(got().length, 1);
    });
  });
}

let folder = '';
let server: Server;
let answer: (request: IncomingMessage, reply: ServerResponse) => void;
const requests: { readonly body: string; readonly headers: IncomingMessage['headers']; readonly path: string }[] = [];
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const url = (path: string): string => `http://s3cret:pass@127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (_request: IncomingMessage, reply: ServerResponse): void =>
    void reply.writeHead(code, headers).end('whatever it says');

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'natroute-notify-'));
  server = createServer((request, reply) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      answer(request, reply);
      if (reply.statusCode < 300 && reply.headersSent)
        requests.push({ body: Buffer.concat(parts).toString(), headers: request.headers, path: request.url ?? '' });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  requests.length = 0;
  answer = status(200);
});
after(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const http = (urlFile: string, tokenFile: string | null = null): Envelope => ({
  kind: 'http',
  urlFile,
  tokenFile,
  headers: { 'content-type': 'application/json', 'x-natroute-delivery': 'id-1' },
  body: '{"text":"h\u00e9llo"}',
});
const real = createNotifier({ userAgent: 'natroute/test', seconds: 0.5 });

contract('over HTTP', () => ({
  notifier: real,
  envelope: http(write('url', `${url('/hook/s3cret')}\n`)),
  got: () => requests.map(({ body }) => body),
  behave: (how) => (answer = status({ takes: 204, refuses: 400, fails: 500 }[how])),
}));

contract('the fake', () => {
  const notifier = createFakeNotifier();
  return {
    notifier,
    envelope: http('/nowhere'),
    got: () => notifier.got.map((envelope) => (envelope.kind === 'http' ? envelope.body : envelope.input)),
    behave: (how) =>
      (notifier.before =
        how === 'takes'
          ? null
          : () => {
              throw new Fault(how === 'fails' ? 'alert-failed' : 'alert-refused', `the fake ${how}`);
            }),
  };
});

describe('over HTTP', () => {
  it('sends the token, the delivery id and the length, to the path of the URL', async () => {
    await real.send(http(write('url', url('/hook/s3cret?a=1')), write('token', 's3cret-token\n\n')));
    const { headers, path } = requests[0] ?? assert.fail();
    assert.equal(path, '/hook/s3cret?a=1');
    assert.equal(headers['authorization'], 'Bearer s3cret-token');
    assert.equal(headers['x-natroute-delivery'], 'id-1');
    assert.equal(headers['user-agent'], 'natroute/test');
    assert.equal(headers['content-length'], '17');
  });

  it('says what is wrong with the file, and reads it anew each time', async () => {
    const path = join(folder, 'later');
    assert.match((await faultOf(real.send(http(path)), 'alert-failed')).message, /later does not exist$/);
    write('later', ' \n');
    assert.match((await faultOf(real.send(http(path)), 'alert-failed')).message, /is empty$/);
    for (const text of ['s3cret', 'ftp://s3cret@127.0.0.1/', 'file:///etc/s3cret']) {
      write('later', text);
      assert.match((await faultOf(real.send(http(path)), 'alert-failed')).message, /holds no URL$/);
    }
    write('later', url('/'));
    await real.send(http(path));
    assert.equal(requests.length, 1);
    const bad = write('bad-token', 's3cret\u0001\u2028');
    await faultOf(real.send(http(path, bad)), 'alert-failed');
  });

  it('says why it did not get through: down, unknown, hanging, dripping, reset', async () => {
    const told = async (text: string): Promise<string> =>
      (await faultOf(real.send(http(write('gone', text))), 'alert-failed')).message.replace(/^.*gone /, '');
    assert.equal(await told('http://127.0.0.1:1/s3cret'), 'refuses the connection');
    assert.equal(await told('http://no-such-host.invalid/s3cret'), 'has a host name that cannot be looked up');
    answer = () => undefined;
    const started = Date.now();
    assert.equal(await told(url('/s3cret')), 'did not answer within 0.5 s');
    answer = (_request, reply) => {
      const drip = setInterval(() => reply.socket?.write('H'), 50);
      reply.socket?.once('close', () => clearInterval(drip));
    };
    // What it drips is no HTTP: the connection is dropped at once or at the bound.
    await told(url('/s3cret'));
    assert.ok(Date.now() - started < 3000);
    answer = (request) => request.socket.destroy();
    assert.equal(await told(url('/s3cret')), 'closed the connection without an answer');
    assert.match(await told(url('/s3cret').replace('http:', 'https:')), /^failed|^has a certificate|^closed/);
  });

  it('takes a slow answer, and one whose body never ends', async () => {
    const path = write('slow', url('/'));
    answer = (_request, reply) => void setTimeout(() => reply.writeHead(200).end(), 200);
    await real.send(http(path));
    answer = (_request, reply) => void reply.writeHead(200).write('x'.repeat(1000));
    await real.send(http(path));
    assert.equal(requests.length, 1);
  });

  it('follows no redirect: the secret goes where the file says and nowhere else', async () => {
    for (const code of [301, 302, 307, 308]) {
      answer = status(code, { location: url('/elsewhere') });
      const fault = await faultOf(real.send(http(write('moved', url('/s3cret')))), 'alert-failed');
      assert.match(fault.detail.help ?? '', /write the final URL into/);
    }
    assert.deepEqual(requests, []);
  });
});

describe('through a program', () => {
  const script = (text: string, args: readonly string[] = []): Envelope => {
    const file = write('program', `#!/bin/sh\n${text}\n`);
    return {
      kind: 'program',
      file: '/bin/sh',
      args: [file, ...args],
      env: { NATROUTE_HOST: 'dedibox' },
      input: 'the message\n',
    };
  };

  it('hands it over on standard input, with its variables', async () => {
    const out = join(folder, 'out');
    await real.send(script(`{ cat; echo "$NATROUTE_HOST $1"; } > ${out}`, ['a b']));
    assert.equal(readFileSync(out, 'utf8'), 'the message\ndedibox a b\n');
  });

  it('fails with its exit code and nothing of what it was given or printed', async () => {
    const fault = await faultOf(real.send(script('echo s3cret >&2; exit 75', ['s3cret'])), 'alert-failed');
    assert.equal(fault.message, '/bin/sh failed (exit 75)');
    const missing = await faultOf(
      real.send({ kind: 'program', file: '/nowhere/sendmail', args: [], env: {}, input: '' }),
      'alert-failed',
    );
    assert.match(missing.message, /sendmail is not installed/);
  });

  it('is ended with its children when it hangs', async () => {
    const [pid, survived] = [join(folder, 'pid'), join(folder, 'survived')];
    const started = Date.now();
    await faultOf(real.send(script(`(sleep 2; touch ${survived}) & echo $! > ${pid}; wait`)), 'alert-failed');
    assert.ok(Date.now() - started < 2000);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    assert.equal(existsSync(survived), false);
  });
});
