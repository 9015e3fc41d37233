/** The daemon's socket: small JSON over HTTP on a unix socket that only root may open. */
import { createServer, request } from 'node:http';
import { chmod, mkdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../model/fault.ts';
import { limits } from '../model/limits.ts';
import type { Socket } from '../ports.ts';

export function createSocket(): Socket {
  return { serve, call };
}

async function serve(
  path: string,
  answer: (method: string, route: string) => Promise<unknown>,
): Promise<{ close(): Promise<void> }> {
  if ((await call(path, 'GET', '/ping').catch(() => null)) !== null)
    throw new Fault('lock-held', `another natroute daemon already answers on ${path}`, {
      help: 'Stop it first, or use `natroute status` to see what it does.',
    });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Nobody answers there, so what is left is a dead daemon's.
  await unlink(path).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new Fault('disk', `${path} cannot be removed: ${message}`, { cause: error });
  });
  const server = createServer((incoming, reply) => {
    incoming.resume();
    const method = incoming.method ?? 'GET';
    const route = incoming.url ?? '/';
    const send = (status: number, body: unknown): void => {
      reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (route === '/ping') {
      send(200, {});
      return;
    }
    answer(method, route).then(
      (body) => (body === undefined ? send(404, { error: `no such route: ${method} ${route}` }) : send(200, body)),
      (error: unknown) => send(500, { error: error instanceof Error ? error.message : String(error) }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Fault('disk', `cannot listen on ${path}: ${error.message}`, { cause: error })),
    );
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  return {
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function call(path: string, method: 'GET' | 'POST', route: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const unreachable = (message: string, cause?: unknown): Fault =>
      new Fault('daemon-unreachable', `the daemon on ${path} ${message}`, {
        help: 'See its log (`journalctl -u natroute`); restart it if it hangs.',
        ...(cause === undefined ? {} : { cause }),
      });
    const outgoing = request(
      { socketPath: path, method, path: route, timeout: limits.daemonAnswerSeconds * 1000 },
      (reply) => {
        let body = '';
        reply.setEncoding('utf8');
        reply.on('data', (part: string) => {
          body += part;
          if (body.length > limits.daemonAnswerBytes) outgoing.destroy(unreachable('answers with too much'));
        });
        reply.on('end', () => {
          try {
            const parsed = JSON.parse(body) as unknown;
            if (reply.statusCode === 200) resolve(parsed);
            else reject(unreachable(`says: ${(parsed as { error?: string }).error ?? body}`));
          } catch (error) {
            reject(unreachable('answers with something that is no JSON', error));
          }
        });
      },
    );
    outgoing.on('timeout', () =>
      outgoing.destroy(unreachable(`did not answer within ${limits.daemonAnswerSeconds} s`)),
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(null);
      else reject(error instanceof Fault ? error : unreachable(`cannot be reached: ${error.message}`, error));
    });
    outgoing.end();
  });
}
