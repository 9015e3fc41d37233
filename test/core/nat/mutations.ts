/** What somebody may do to the rules of DESIGN's sample, for the model and for real kernels. */
import { isBuiltin, isOurJump } from '../../../src/core/nat/ours.ts';
import { parseSave } from '../../../src/core/nat/save.ts';
import type { NatTable } from '../../../src/model/nat.ts';
import type { NatTarget } from '../../../src/model/target.ts';
import { chainsOf, saved } from '../nat-fixture.ts';

const jump = '-m comment --comment natroute -j NR-DST';

/** Each: what somebody did, what it shall be called, and in how many lines it is put right. */
export const mutations: readonly (readonly [
  string,
  (c: Record<string, string[]>) => void,
  readonly string[],
  number,
])[] = [
  ['nothing', () => undefined, [], 0],
  ['jump deleted', (c) => void c['PREROUTING']?.shift(), ['create jump PREROUTING natroute'], 1],
  [
    'jump moved',
    (c) => void c['PREROUTING']?.push(c['PREROUTING'].shift() ?? ''),
    ['update jump PREROUTING natroute moved'],
    2,
  ],
  ['jump doubled side by side', (c) => void c['OUTPUT']?.unshift(jump), ['delete jump OUTPUT natroute doubled'], 1],
  [
    // The first one is what deletion by text takes, so both must go.
    'jump doubled behind a stranger',
    (c) => void c['PREROUTING']?.push(jump),
    ['update jump PREROUTING natroute moved', 'delete jump PREROUTING natroute (2) doubled'],
    3,
  ],
  [
    'jump edited in place, comment kept',
    (c) => void c['PREROUTING']?.splice(0, 1, `-p tcp ${jump}`),
    ['update jump PREROUTING natroute'],
    2,
  ],
  [
    'jump led astray',
    (c) => void c['PREROUTING']?.splice(0, 1, '-m comment --comment natroute -j ACCEPT'),
    ['update jump PREROUTING natroute'],
    2,
  ],
  [
    'jump shadowed by a stranger',
    (c) => void c['PREROUTING']?.unshift('-p tcp -m tcp --dport 25 -j ACCEPT'),
    ['update jump PREROUTING natroute moved'],
    2,
  ],
  [
    'jump made a goto, comment kept',
    (c) => void c['PREROUTING']?.splice(0, 1, '-m comment --comment natroute -g NR-DST'),
    ['update jump PREROUTING natroute'],
    2,
  ],
  [
    'jump to the other chain of ours',
    (c) => void c['OUTPUT']?.splice(0, 1, '-m comment --comment natroute -j NR-A-main'),
    ['update jump OUTPUT natroute'],
    2,
  ],
  [
    'jump three times, with strangers between',
    (c) => void c['PREROUTING']?.push('-p udp -j ACCEPT', jump, '-p sctp -j ACCEPT', jump),
    [
      'update jump PREROUTING natroute moved',
      'delete jump PREROUTING natroute (2) doubled',
      'delete jump PREROUTING natroute (3) doubled',
    ],
    4,
  ],
  [
    'our mark where we have a jump already',
    (c) => void c['POSTROUTING']?.splice(1, 0, '-m comment --comment natroute -j ACCEPT'),
    ['delete jump POSTROUTING natroute doubled'],
    1,
  ],
  [
    'our mark where no jump belongs',
    (c) => void (c['INPUT'] = ['-m comment --comment natroute -j ACCEPT']),
    ['delete jump INPUT natroute'],
    1,
  ],
  [
    'chain flushed',
    (c) => void c['NR-DST']?.splice(0),
    ['create rule NR-DST natroute failover', 'create rule NR-DST natroute main'],
    2,
  ],
  [
    'rule deleted',
    (c) => void c['NR-A-main']?.splice(1, 1),
    ['create rule NR-A-main natroute mail main:2222/tcp from 192.0.2.77'],
    1,
  ],
  [
    'rule edited in place, comment kept',
    (c) => void c['NR-A-main']?.splice(0, 1, (c['NR-A-main'][0] ?? '').replace('192.168.1.2:25', '192.168.1.66:25')),
    ['update rule NR-A-main natroute mail main:25/tcp'],
    2,
  ],
  [
    'rules reordered',
    (c) => void c['NR-A-main']?.push(c['NR-A-main'].shift() ?? ''),
    ['update rule NR-A-main natroute mail main:25/tcp moved'],
    2,
  ],
  ['two rules swapped', (c) => void c['NR-DST']?.reverse(), ['update rule NR-DST natroute main moved'], 2],
  [
    'last rule doubled',
    (c) => void c['NR-A-main']?.push(c['NR-A-main'][3] ?? ''),
    ['delete rule NR-A-main natroute mail main:8443/tcp doubled'],
    1,
  ],
  [
    'first rule doubled at the end',
    (c) => void c['NR-A-main']?.push(c['NR-A-main'][0] ?? ''),
    [
      'update rule NR-A-main natroute mail main:25/tcp moved',
      'delete rule NR-A-main natroute mail main:25/tcp (2) doubled',
    ],
    3,
  ],
  [
    'rule doubled with another end',
    (c) => void c['NR-A-main']?.push((c['NR-A-main'][0] ?? '').replace('.2:25', '.2:26')),
    ['delete rule NR-A-main natroute mail main:25/tcp doubled'],
    1,
  ],
  [
    'stranger at the front',
    (c) => void c['NR-DST']?.unshift('-p tcp -j ACCEPT'),
    ['delete rule NR-DST -p tcp -j ACCEPT stranger in our chain'],
    1,
  ],
  [
    'stranger twice',
    (c) => void c['NR-DST']?.splice(1, 0, '-j LOG', '-j LOG'),
    ['delete rule NR-DST -j LOG stranger in our chain', 'delete rule NR-DST -j LOG (2) stranger in our chain'],
    2,
  ],
  [
    'a rule of nobody, without any word',
    (c) => void c['NR-DST']?.push(''),
    ['delete rule NR-DST  stranger in our chain'],
    1,
  ],
  [
    'a forged mark',
    (c) => void c['NR-A-main']?.push('-p tcp -m comment --comment "natroute eve main:1/tcp" -j ACCEPT'),
    ['delete rule NR-A-main natroute eve main:1/tcp stranger in our chain'],
    1,
  ],
  [
    'a chain of ours entered from another one of ours',
    (c) => void c['NR-DST']?.unshift('-p udp -g NR-A-main'),
    ['delete rule NR-DST -p udp -g NR-A-main stranger in our chain'],
    1,
  ],
  [
    'a rule of ours taken to another chain of ours',
    (c) => void c['NR-DST']?.push(c['NR-A-main']?.pop() ?? ''),
    [
      'create rule NR-A-main natroute mail main:8443/tcp',
      'delete rule NR-DST natroute mail main:8443/tcp stranger in our chain',
    ],
    2,
  ],
  [
    'a comment of ours changed, the rule kept',
    (c) => void c['NR-A-main']?.splice(0, 1, (c['NR-A-main'][0] ?? '').replace('natroute mail', 'natroute eve')),
    [
      'create rule NR-A-main natroute mail main:25/tcp',
      'delete rule NR-A-main natroute eve main:25/tcp stranger in our chain',
    ],
    2,
  ],
  [
    'a chain that only looks like ours, and a copy of a rule of ours in a chain of theirs',
    (c) => {
      c['NR-A-theirs'] = ['-p tcp -j ACCEPT'];
      c['THEIRS'] = [c['NR-A-main']?.[0] ?? ''];
    },
    [],
    0,
  ],
  [
    'everything replaced by strangers',
    (c) => void c['NR-SRC']?.splice(0, 3, '-j ACCEPT', '-j RETURN'),
    [
      'create rule NR-SRC natroute failover',
      'create rule NR-SRC natroute lan hairpin',
      'create rule NR-SRC natroute lan',
      'delete rule NR-SRC -j ACCEPT stranger in our chain',
      'delete rule NR-SRC -j RETURN stranger in our chain',
    ],
    4,
  ],
];

/** What a table must become: ours as in the target, whatever is not ours as it is. */
export function healedFrom(table: NatTable, target: NatTarget): NatTable {
  const chains = chainsOf(target);
  const own = new Set(target.chains.map((chain) => chain.name));
  for (const { name, rules } of table.chains) {
    if (own.has(name)) continue;
    const foreign = rules.map((rule) => rule.text).filter((text) => !isBuiltin(name) || !isOurJump(text));
    chains[name] = [...(chains[name] ?? []), ...foreign];
  }
  return parseSave(saved(chains));
}
