/** What the owner of a simulated host has beside natroute: a state with a guest that comes and goes, and files of their own in its way. */
import assert from 'node:assert/strict';
import type { LedgerRecord } from '../../src/model/record.ts';
import { stateOfBoth } from '../fakes/reference.ts';
import type { FakeHostFiles } from '../fakes/host-files.ts';

export const allowLine = '{bridges: [br0], scripts: [vif-bridge]}';
export const guestFile = '/etc/xen/mail.cfg';
const guestLink = '/etc/xen/auto/mail.cfg';
const xlConf = '/etc/xen/xl.conf';

/** A commit that forwards 443 brings a guest with a config, a link and settings; another commit gives it up again. */
export function stateOf(ports: readonly number[]): Readonly<Record<string, string>> {
  const state = stateOfBoth(ports);
  const withXen = {
    'host.yaml': (state['host.yaml'] ?? '').replace('toolstack: netns\n', ''),
    'guests/web.yaml': `state: unmanaged\n${state['guests/web.yaml'] ?? ''}`,
  };
  if (!ports.includes(443)) return withXen;
  const mail = `memory: ${512 + ports.length}\nvcpus: 1\nautostart: true\ndisks: []\ninterfaces: [{network: lan, ip: 192.168.1.2}]\n`;
  return { ...withXen, 'guests/mail.yaml': mail };
}

interface OwnText {
  readonly path: string;
  /** As a change of the ledger shows it. */
  readonly text: string;
  /** Whether somebody asked since to take it over. */
  asked: boolean;
}

export interface OwnFiles {
  /** Somebody writes the guest's config by hand, whatever stands there. */
  write(): void;
  /** Somebody was shown what stands there, and asks for `--take`. */
  asked(): void;
  /** What the owner wrote stands there still; where natroute was told to take it over, it may stand in the ledger instead. */
  assertKept(records: readonly LedgerRecord[]): void;
  /** The owner lets natroute have the guest's config. */
  giveUp(): void;
}

/** Puts the owner's files there. */
export function createOwnFiles(there: FakeHostFiles): OwnFiles {
  let written = 0;
  there.put(xlConf, '# mine\nvif.default.bridge="xenbr7"\nautoballoon="off"\n');
  there.there.set(guestLink, { kind: 'link', to: '/srv/xen/mail-by-hand.cfg' });
  let own: readonly OwnText[] = [xlConf, guestLink].map((path) => ({
    path,
    text: there.text(path) ?? '',
    asked: false,
  }));
  const stands = ({ path, text }: OwnText): boolean => there.text(path) === text;
  return {
    write() {
      // Who writes over their own text lost it by themselves.
      own = own.filter((one) => one.path !== guestFile || !stands(one));
      const text = `name = "mail"\n# by hand, ${++written}\n`;
      there.put(guestFile, text);
      own = [...own, { path: guestFile, text, asked: false }];
    },
    asked() {
      for (const one of own) one.asked = true;
    },
    assertKept(records) {
      const noted = new Set(records.flatMap(({ changes }) => changes.map(({ before }) => before)));
      for (const one of own) {
        if (stands(one)) continue;
        assert.ok(one.asked, `${one.path} is not as its owner left it: ${there.text(one.path) ?? 'nothing'}`);
        assert.ok(noted.has(one.text), `what stood in ${one.path} is lost: ${one.text}`);
      }
    },
    giveUp() {
      const given = own.find((one) => one.path === guestFile && stands(one));
      if (given === undefined) return;
      own = own.filter((one) => one !== given);
      there.there.delete(guestFile);
    },
  };
}
