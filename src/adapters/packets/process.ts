/** The two ends of this program that only it itself starts, inside the namespaces of `validate --packets`. */
import { runAgent } from './agent.ts';
import { runStage } from './stage.ts';

/** Whether the arguments ask for one of them; then the promise ends with the process. */
export function packetsProcess(args: readonly string[], self: readonly string[]): Promise<void> | null {
  const [word, name] = args;
  if (word === 'packets-stage') return runStage(self);
  if (word === 'packets-agent' && name !== undefined) return runAgent(name);
  return null;
}
