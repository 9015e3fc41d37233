/**
 * What must answer on the reference host, from everywhere: a table of connections with their expected ends, and the
 * one function that makes them all and lists every difference.
 */
import { reference, reference6 } from './network.ts';
import type { Sandbox } from './sandbox.ts';
import type { WireProtocol } from './wire.ts';

export interface Expectation {
  readonly namespace: string;
  readonly to: string;
  readonly port: number;
  readonly protocol: WireProtocol;
  /** `web:80`: who answers, on which of its ports; `refused`; or `nobody`: refused or no answer at all. */
  readonly ends: string;
  readonly from?: string;
  /** The sender that it must see. */
  readonly peer?: string;
}

/** Every namespace of the reference host. */
export const everywhere = ['internet', 'dom0', 'web', 'mail', 'siteclient'];

/** Every forward of the reference host: port, protocol and end. */
export const forwards: readonly (readonly [port: number, protocol: WireProtocol, ends: string])[] = [
  [80, 'tcp', 'web:80'],
  [25, 'tcp', 'mail:25'],
  [443, 'tcp', 'mail:443'],
  [7071, 'tcp', 'mail:7071'],
  [2222, 'tcp', 'mail:22'],
  [993, 'tcp', 'mail:993'],
  [993, 'udp', 'mail:993'],
  [7025, 'tcp', 'mail:7025'],
  [7025, 'udp', 'mail:7025'],
];

/** Ports without a forward, on which every guest listens; and one that is forwarded by the other protocol only. */
const closed: readonly (readonly [port: number, protocol: WireProtocol])[] = [
  [3306, 'tcp'],
  [8080, 'tcp'],
  [60000, 'tcp'],
  [80, 'udp'],
];

/** Forwards, dom0's own port, the routed guest's ports and closed ones; from the outside, dom0 and every guest. */
export function inward(family: 'v4' | 'v6'): readonly Expectation[] {
  const { main, failover } = family === 'v4' ? reference : reference6;
  return everywhere.flatMap((namespace) => [
    ...forwards.map(([port, protocol, ends]) => ({ namespace, to: main, port, protocol, ends })),
    { namespace, to: main, port: 22, protocol: 'tcp', ends: 'dom0:22' } as const,
    ...closed.map(([port, protocol]) => ({
      namespace,
      to: main,
      port,
      protocol,
      // The host's ICMP for a closed UDP port is held back where its redirects to the same guest used up the rate.
      ends: protocol === 'udp' ? 'nobody' : 'refused',
    })),
    // Not hijacked by main's forwards, open or shifted or by the owner's own rules.
    ...(
      [
        [80, 'tcp'],
        [25, 'tcp'],
        [2222, 'tcp'],
        [993, 'udp'],
      ] as const
    ).map(([port, protocol]) => ({
      namespace,
      to: failover,
      port,
      protocol,
      ends: `siteclient:${port}`,
    })),
  ]);
}

/** What guests reach outside, and the address that is seen there. `ports` of the outside's services. */
export function outward(ports: readonly (readonly [port: number, protocol: WireProtocol])[]): readonly Expectation[] {
  const leaving: readonly (readonly [namespace: string, peer: string])[] = [
    ['web', reference.main],
    ['mail', reference.main],
    ['dom0', reference.main],
    ['siteclient', reference.failover],
  ];
  return leaving.flatMap(([namespace, peer]) =>
    ports.map(([port, protocol]) => ({
      namespace,
      to: reference.outsideMail,
      port,
      protocol,
      ends: `internet:${port}`,
      peer,
    })),
  );
}

const answerMs = 4000;
const silenceMs = 1000;
const nobody = ['refused', 'timeout', 'unreachable'];

/** Makes every connection; one line for each that ended otherwise, [] where all is as expected. */
export async function differences(sandbox: Sandbox, expected: readonly Expectation[]): Promise<readonly string[]> {
  const lines = await Promise.all(
    expected.map(async ({ namespace, to, port, protocol, ends, from, peer }) => {
      const outcome = await sandbox.connect(namespace, {
        to,
        port,
        protocol,
        timeoutMs: ends === 'nobody' ? silenceMs : answerMs,
        ...(from === undefined ? {} : { from }),
      });
      const ended = typeof outcome === 'string' ? outcome : `${outcome.name}:${outcome.port}`;
      const seen = typeof outcome === 'string' ? undefined : outcome.peer;
      const what = `${namespace}${from === undefined ? '' : ` (${from})`} -> ${to} ${port}/${protocol}`;
      if (ends === 'nobody' && nobody.includes(ended)) return '';
      if (ended !== ends)
        return `${what}: expected ${ends}, came ${ended}${seen === undefined ? '' : ` (which saw ${seen})`}`;
      if (peer !== undefined && seen !== peer) return `${what}: ${ended} saw ${seen ?? 'nobody'} instead of ${peer}`;
      return '';
    }),
  );
  return lines.filter((line) => line !== '');
}

/** The owner's old flat script, as it stands behind ours: DNAT without `-d`, and masquerading of everything. */
export const ownersOldRules = [
  '*nat',
  ...forwards.map(([port, protocol, ends]) => {
    const [guest, to] = ends.split(':') as ['web' | 'mail', string];
    return `-A PREROUTING -p ${protocol} -m ${protocol} --dport ${port} -j DNAT --to-destination ${reference[guest]}:${to}`;
  }),
  '-A POSTROUTING -o eth0 -j MASQUERADE',
  'COMMIT',
  '',
].join('\n');
