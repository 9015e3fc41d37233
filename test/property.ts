/** fast-check, which throws the same cases at each everyday run (test/dice.ts says why). */
import fc from 'fast-check';
import { seedOfRun } from './dice.ts';

fc.configureGlobal({ seed: seedOfRun() });

export { default as fc } from 'fast-check';
