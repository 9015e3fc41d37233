/** Finds out what doctor's checks want to know; each question that fails becomes an answer of its own. */
import type { HostFacts, Trouble } from '../core/doctor/facts.ts';
import type { BootFacts } from '../core/boot/boot.ts';
import { Fault } from '../model/fault.ts';
import type { Family } from '../model/family.ts';
import type { SurveyRequest } from '../model/survey.ts';
import type { Socket } from '../ports.ts';
import { unwrittenGap } from './ledger-end.ts';
import { usesFilter } from './observer.ts';
import type { World } from './world.ts';

export async function hostFacts(world: World, socket: Socket): Promise<HostFacts> {
  const { repository, notify } = world.config;
  const probe = (family: Family): Promise<HostFacts['netfilter']> => asked(() => world.netfilter.probe(family));
  return {
    netfilter: await probe('v4'),
    netfilter6: await probe('v6'),
    receivers: notify.length,
    survey: await world.surveyor.survey(filesOf(world)),
    repository: {
      ssh:
        /^ssh:\/\//i.test(repository.url) || /^[^/:]+:/.test(repository.url.replace(/^[a-z][a-z0-9+.-]*:\/\/.*$/i, '')),
      knownHosts: repository.knownHosts !== null,
      signers: repository.signers !== null,
    },
    ledger: await asked(() => world.ledger.check().then(() => null)),
    ledgerGap: await asked(
      async () => (await unwrittenGap(world)) ?? (await world.memory.read()).ledgerGap?.text ?? null,
    ),
    spoiled: await asked(async () => {
      const applied = await world.generations.current();
      return applied === null ? [] : world.generations.spoiled(applied.number);
    }),
    daemon: await asked(async () => (await socket.call(world.paths.socket, 'GET', '/status')) !== null),
  };
}

/** Null where nothing was applied yet. */
export async function bootFacts(world: World): Promise<BootFacts | null> {
  const applied = await world.generations.current();
  if (applied === null) return null;
  const looked = await asked(() => world.observer.read(usesFilter(applied.target)));
  const own = async (family: Family): Promise<string | null> => {
    const bytes = await world.files.read(`${world.paths.generations}/${applied.number}/boot.${family}`);
    return bytes === null ? null : new TextDecoder().decode(bytes);
  };
  return {
    target: applied.target,
    own: { v4: await own('v4'), v6: await own('v6') },
    observed: 'problem' in looked ? null : looked.observed,
    files: await world.surveyor.boot(),
  };
}

async function asked<T>(ask: () => Promise<T>): Promise<T | Trouble> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { problem: error.message, help: error.detail.help ?? null };
  }
}

function filesOf({ config, paths }: World): SurveyRequest {
  const { repository, hook, ledger, notify } = config;
  const ofReceivers = notify.flatMap((receiver) => [
    'urlFile' in receiver ? receiver.urlFile : null,
    'tokenFile' in receiver ? receiver.tokenFile : null,
  ]);
  const secrets = [repository.key, hook?.secretFile, hook?.key, ledger.signingKey, ...ofReceivers];
  return {
    secrets: secrets.filter((path) => path !== null && path !== undefined),
    guarded: [paths.config, repository.knownHosts, repository.signers, paths.state].filter((path) => path !== null),
    state: paths.state,
  };
}
