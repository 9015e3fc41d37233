/** What somebody may do to the rules of DESIGN's sample, for the model and for real kernels. */

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
