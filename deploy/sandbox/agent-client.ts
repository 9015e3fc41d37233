/** Talks to the agents in the sandbox's namespaces over their Unix sockets. */
import { existsSync } from 'node:fs';
import net from 'node:net';
import type { AgentReply, AgentRequest } from './wire.ts';

const readyMs = 10_000;
const lookEveryMs = 5;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when the agent's socket is there: its services listen by then. Rejects after 10 s. */
export async function waitForAgent(socket: string, namespace: string): Promise<void> {
  const until = Date.now() + readyMs;
  while (!existsSync(socket)) {
    if (Date.now() > until) throw new Error(`No services in ${namespace} after ${readyMs / 1000} s.`);
    await pause(lookEveryMs);
  }
}

/** One request, one reply. Rejects where the agent is not there, or says nothing within `waitMs`. */
export function askAgent(socket: string, request: AgentRequest, waitMs: number): Promise<AgentReply> {
  return new Promise((resolve, reject) => {
    const connection = net.connect(socket);
    let text = '';
    const end = (act: () => void): void => {
      clearTimeout(timer);
      connection.destroy();
      act();
    };
    const timer = setTimeout(() => end(() => reject(new Error(`${socket}: no reply within ${waitMs} ms`))), waitMs);
    connection.on('data', (data) => {
      text += data.toString('utf8');
      if (text.endsWith('\n')) end(() => resolve(JSON.parse(text) as AgentReply));
    });
    connection.on('error', (error) => end(() => reject(error)));
    connection.on('close', () => end(() => reject(new Error(`${socket}: closed without a reply`))));
    connection.write(`${JSON.stringify(request)}\n`);
  });
}
