// Promise: where the packet walker says that a packet ends, a real packet ends, on both backends, with any strangers' rules.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { createNetfilter } from '../../src/adapters/netfilter/netfilter.ts';
import { createPacketRange } from '../../src/adapters/packets/range.ts';
import { compileNat } from '../../src/core/nat/compile.ts';
import { parseSave, tableText } from '../../src/core/nat/save.ts';
import { createInternet } from '../../src/core/trace/internet.ts';
import { agrees, rehearse, type Scene } from '../../src/core/trace/rehearsal.ts';
import { packetFrom } from '../../src/core/trace/sender.ts';
import type { Trace } from '../../src/core/trace/trace.ts';
import { walk } from '../../src/core/trace/walk.ts';
import { traceWorld, type TraceWorld } from '../../src/core/trace/world.ts';
import type { Observation } from '../../src/model/packets.ts';
import { bundlePackets } from './packets-bundle.ts';
import { createDice, isLongRun, seedOfRun, type Dice } from '../dice.ts';
import { scenery, sceneHost, thought } from './trace-scenes.ts';

const stages = isLongRun ? 12 : 2;
const scenesPerStage = 6;
const packetsPerScene = 45;

const folder = mkdtempSync(join(tmpdir(), 'natroute-trace-'));
const program = join(folder, 'packets.cjs');
before(() => bundlePackets(program));
after(() => rmSync(folder, { recursive: true, force: true }));

for (const backend of ['legacy', 'nft'] as const) {
  describe(`the packet walker and the kernel, ${backend}`, () => {
    for (let i = 0; i < stages; i++) {
      it(`agree on random tables, stage ${i + 1}`, async (context) => playStage(backend, i, context));
    }
  });
}

async function playStage(backend: 'legacy' | 'nft', number: number, context: TestContext): Promise<void> {
  const seed = seedOfRun() + number * 7919;
  const dice = createDice(seed);
  const env = { PATH: pathOf(backend) };
  const netfilter = createNetfilter({ tableText: (saved) => tableText(parseSave(saved)), env });
  const ground = sceneHost(dice);
  const scenes: Scene[] = [];
  let world: TraceWorld | null = null;
  for (let i = 0; i < scenesPerStage; i++) {
    const { desired, tables } = scenery(dice, ground);
    // What is walked is what the kernel says that it has.
    const saved = {
      v4: parseSave(await netfilter.canonicalise('v4', tables.v4)),
      v6: parseSave(await netfilter.canonicalise('v6', tables.v6)),
    };
    world = traceWorld({
      nat: saved,
      known: compileNat(desired),
      host: desired.host,
      guests: desired.guests,
      now: new Date(),
    });
    scenes.push({ tables, traces: traces(dice, world, createInternet(desired)) });
  }
  assert.ok(world !== null);
  const { stage, seats } = rehearse(world, scenes);
  const rounds = await createPacketRange({ self: [process.execPath, program], env }).shoot(stage);
  const counts = { sent: 0, known: 0, skipped: 0 };
  const wrong: string[] = [];
  for (const [s, scene] of scenes.entries()) {
    for (const [t, trace] of scene.traces.entries()) {
      const seat = seats[s]?.[t];
      if (seat?.kind !== 'shot') {
        counts.skipped++;
        continue;
      }
      const seen = rounds[seat.round]?.[seat.index];
      assert.ok(seen !== undefined);
      counts.sent++;
      if (trace.verdict === 'known') counts.known++;
      if (!agrees(trace, seen)) wrong.push(tell(trace, seen, scene));
    }
  }
  context.diagnostic(
    `seed ${seed}: ${counts.sent} packets, ${counts.known} with a known end, ${counts.skipped} not sent`,
  );
  assert.ok(counts.sent >= 100, `only ${counts.sent} packets were sent`);
  assert.ok(counts.known > counts.sent / 2, 'most ends should be known');
  assert.equal(wrong.length, 0, `seed ${seed}: ${wrong.length} differ\n${wrong.slice(0, 3).join('\n\n')}`);
}

function traces(dice: Dice, world: TraceWorld, internet: ReturnType<typeof createInternet>): readonly Trace[] {
  const found: Trace[] = [];
  while (found.length < packetsPerScene) {
    const { sender, to } = thought(dice);
    const packet = packetFrom(world, sender, to, internet);
    if (packet !== null) found.push(walk(world, packet));
  }
  return found;
}

function tell(trace: Trace, seen: Observation, scene: Scene): string {
  const ways = trace.paths.map((path) =>
    JSON.stringify(
      {
        end: path.end,
        sender: path.sender,
        lost: path.answerLost,
        steps: path.steps.map((s) =>
          s.kind === 'rule'
            ? `${s.rule.chain} ${s.rule.index} ${s.answer} ${s.why ?? ''} => ${s.effect ?? ''}`
            : JSON.stringify(s),
        ),
      },
      null,
      1,
    ),
  );
  return [
    JSON.stringify(trace.packet),
    ...ways,
    `seen: ${JSON.stringify(seen)}`,
    scene.tables[trace.packet.family],
  ].join('\n');
}

/** A PATH that begins with this backend's iptables. */
function pathOf(backend: 'legacy' | 'nft'): string {
  const bin = join(folder, backend);
  try {
    // Two stages of one backend share it.
    mkBin(bin, backend);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return `${bin}:${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
}

function mkBin(bin: string, backend: 'legacy' | 'nft'): void {
  mkdirSync(bin);
  for (const name of ['iptables', 'ip6tables'].flatMap((one) => [one, `${one}-save`, `${one}-restore`])) {
    symlinkSync(`/usr/sbin/xtables-${backend}-multi`, join(bin, name));
  }
}
