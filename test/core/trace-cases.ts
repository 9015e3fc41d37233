/** Nat tables in short, one packet each, and where it ends: `web 192.168.1.1:80 sees 198.18.0.1`; ways joined by ` | `. */
type Chains = Readonly<Record<string, readonly string[]>>;
/** What it shows, the rules by chain, the packet and its end. */
export type Case = readonly [what: string, rules: Chains, packet: string, end: string];

export const dnat = (to: string): string => `-j DNAT --to-destination ${to}`;

export const cases: readonly Case[] = [
  [
    'an empty table: what is sent to the host stays there',
    {},
    'internet 203.0.113.10:80/tcp',
    'host 203.0.113.10:80 sees 198.18.0.1',
  ],
  ['an empty table: a guest leaves as itself', {}, 'web 192.0.2.9:25/tcp', 'outside 192.0.2.9:25 sees 192.168.1.1'],
  [
    'an empty table: a routed guest is reached by its route',
    {},
    'internet 198.51.100.28:80/tcp',
    'siteclient 198.51.100.28:80 sees 198.18.0.1',
  ],
  ['an IP that no guest has', {}, 'internet 192.168.1.9:80/tcp', 'nobody'],
  [
    'the first match wins',
    { PREROUTING: [`-p tcp -m tcp --dport 80 ${dnat('192.168.1.1')}`, `-p tcp ${dnat('192.168.1.2')}`] },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.18.0.1',
  ],
  [
    'ACCEPT ends the hook without a translation',
    { PREROUTING: ['-s 198.18.0.1/32 -j ACCEPT', dnat('192.168.1.2')] },
    'internet 203.0.113.10:80/tcp',
    'host 203.0.113.10:80 sees 198.18.0.1',
  ],
  [
    'RETURN in a built-in chain is its policy',
    { PREROUTING: ['-j RETURN', dnat('192.168.1.2')] },
    'internet 203.0.113.10:80/tcp',
    'host 203.0.113.10:80 sees 198.18.0.1',
  ],
  [
    'a user chain comes back',
    { PREROUTING: ['-j X', dnat('192.168.1.2')], X: ['-p udp -j ACCEPT'] },
    'internet 203.0.113.10:80/tcp',
    'mail 192.168.1.2:80 sees 198.18.0.1',
  ],
  [
    'RETURN in a user chain comes back too',
    { PREROUTING: ['-j X', dnat('192.168.1.2')], X: ['-j RETURN', dnat('192.168.1.1')] },
    'internet 203.0.113.10:80/tcp',
    'mail 192.168.1.2:80 sees 198.18.0.1',
  ],
  [
    'after a goto the way back is that of the chain before',
    { PREROUTING: ['-j X', dnat('192.168.1.2')], X: ['-g Y', dnat('192.168.1.1')], Y: [] },
    'internet 203.0.113.10:80/tcp',
    'mail 192.168.1.2:80 sees 198.18.0.1',
  ],
  [
    'after a goto from a built-in chain comes its policy',
    { PREROUTING: ['-g Y', dnat('192.168.1.1')], Y: [] },
    'internet 203.0.113.10:80/tcp',
    'host 203.0.113.10:80 sees 198.18.0.1',
  ],
  [
    'a rule without a jump only counts',
    { PREROUTING: ['', '-p tcp', dnat('192.168.1.1')] },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.18.0.1',
  ],
  [
    'LOG and MARK change nothing',
    { PREROUTING: ['-j LOG --log-prefix "-j DROP "', '-j MARK --set-xmark 0x1/0xffffffff', dnat('192.168.1.1')] },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.18.0.1',
  ],
  [
    'negation',
    { PREROUTING: [`! -s 198.18.0.1/32 ${dnat('192.168.1.1')}`, `-p tcp -m tcp ! --dport 80 ${dnat('192.168.1.2')}`] },
    'internet 203.0.113.10:80/tcp',
    'host 203.0.113.10:80 sees 198.18.0.1',
  ],
  [
    'negated ports',
    { PREROUTING: [`-p tcp -m tcp ! --dport 22 ${dnat('192.168.1.2')}`] },
    'internet 203.0.113.10:80/tcp',
    'mail 192.168.1.2:80 sees 198.18.0.1',
  ],
  [
    'a mask with holes',
    { PREROUTING: [`-d 203.0.113.10/255.0.255.255 ${dnat('192.168.1.1')}`] },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.18.0.1',
  ],
  [
    'a mask with holes that does not fit',
    { PREROUTING: [`-d 203.7.112.10/255.0.255.255 ${dnat('192.168.1.1')}`] },
    'internet 203.0.113.10:80/tcp',
    'host 203.0.113.10:80 sees 198.18.0.1',
  ],
  [
    'an interface by its beginning',
    { PREROUTING: [`-i br+ ${dnat('192.168.1.1')}`, `-i eth+ ${dnat('192.168.1.2')}`] },
    'internet 203.0.113.10:80/tcp',
    'mail 192.168.1.2:80 sees 198.18.0.1',
  ],
  [
    'the host has no incoming interface',
    { OUTPUT: [`-i eth0 ${dnat('192.168.1.1')}`, `! -i eth0 ${dnat('192.168.1.2')}`] },
    'host 203.0.113.10:80/tcp',
    'mail 192.168.1.2:80 sees 203.0.113.10',
  ],
  [
    'a range of ports',
    { PREROUTING: [`-p udp -m udp --dport 1000:1010 ${dnat('192.168.1.1')}`] },
    'internet 203.0.113.10:1010/udp',
    'web 192.168.1.1:1010 sees 198.18.0.1',
  ],
  [
    'the same range for another protocol',
    { PREROUTING: [`-p udp -m udp --dport 1000:1010 ${dnat('192.168.1.1')}`] },
    'internet 203.0.113.10:1010/tcp',
    'host 203.0.113.10:1010 sees 198.18.0.1',
  ],
  [
    'a protocol by its number',
    { PREROUTING: [`-p 132 -m sctp --dport 80 ${dnat('192.168.1.1')}`] },
    'internet 203.0.113.10:80/sctp',
    'web 192.168.1.1:80 sees 198.18.0.1',
  ],
  [
    'multiport',
    { PREROUTING: [`-p tcp -m multiport --dports 25,80:90,443 ${dnat('192.168.1.1')}`] },
    'internet 203.0.113.10:85/tcp',
    'web 192.168.1.1:85 sees 198.18.0.1',
  ],
  [
    'a first packet carries SYN alone',
    {
      PREROUTING: [
        `-p tcp -m tcp --tcp-flags SYN,ACK SYN,ACK ${dnat('192.168.1.2')}`,
        `-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN ${dnat('192.168.1.1')}`,
      ],
    },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.18.0.1',
  ],
  [
    'a first packet is NEW',
    {
      PREROUTING: [
        `-m conntrack --ctstate RELATED,ESTABLISHED ${dnat('192.168.1.2')}`,
        `-m conntrack ! --ctstate INVALID,UNTRACKED -m state --state NEW ${dnat('192.168.1.1')}`,
      ],
    },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.18.0.1',
  ],
  [
    'addrtype LOCAL, as Docker asks',
    {
      PREROUTING: ['-m addrtype --dst-type LOCAL -j DOCKER'],
      DOCKER: [`-p tcp -m tcp --dport 80 ${dnat('192.168.1.1:8080')}`],
    },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:8080 sees 198.18.0.1',
  ],
  [
    'addrtype of a routed address',
    {
      PREROUTING: [
        `-m addrtype --dst-type LOCAL ${dnat('192.168.1.1')}`,
        `-m addrtype --dst-type UNICAST ${dnat('192.168.1.2')}`,
      ],
    },
    'internet 198.51.100.28:80/tcp',
    'mail 192.168.1.2:80 sees 198.18.0.1',
  ],
  [
    'iprange',
    { PREROUTING: [`-m iprange --src-range 198.18.0.0-198.18.0.9 ${dnat('192.168.1.1')}`] },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.18.0.1',
  ],
  [
    'DNAT to a port alone',
    { PREROUTING: ['-p tcp -j DNAT --to-destination :8080'] },
    'internet 203.0.113.10:80/tcp',
    'host 203.0.113.10:8080 sees 198.18.0.1',
  ],
  [
    'a shifted range',
    { PREROUTING: [`-p tcp -m tcp --dport 50000:50100 ${dnat('192.168.1.1:60000-60100/50000')}`] },
    'internet 203.0.113.10:50042/tcp',
    'web 192.168.1.1:60042 sees 198.18.0.1',
  ],
  [
    'a range without its base: everything to the first port',
    { PREROUTING: [`-p tcp ${dnat('192.168.1.1:60000-60100')}`] },
    'internet 203.0.113.10:50042/tcp',
    'web 192.168.1.1:60000 sees 198.18.0.1',
  ],
  [
    'a range without its base: a port in it stays',
    { PREROUTING: [`-p tcp ${dnat('192.168.1.1:60000-60100')}`] },
    'internet 203.0.113.10:60042/tcp',
    'web 192.168.1.1:60042 sees 198.18.0.1',
  ],
  [
    '--random does not touch one port',
    { PREROUTING: [`-p tcp ${dnat('192.168.1.1:8080')} --random --persistent`] },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:8080 sees 198.18.0.1',
  ],
  [
    '--random throws dice for more',
    { PREROUTING: [`-p tcp ${dnat('192.168.1.1:8080-8081')} --random`] },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:8080 sees 198.18.0.1 | web 192.168.1.1:8081 sees 198.18.0.1',
  ],
  [
    'dice for very many are unknowable',
    { PREROUTING: [`-p tcp ${dnat('192.168.1.1:8000-9000')} --random`] },
    'internet 203.0.113.10:80/tcp',
    'unknowable',
  ],
  [
    'two targets',
    { PREROUTING: [dnat('192.168.1.1-192.168.1.2')] },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.18.0.1 | mail 192.168.1.2:80 sees 198.18.0.1',
  ],
  [
    'REDIRECT from outside',
    { PREROUTING: ['-p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080'] },
    'internet 203.0.113.10:80/tcp',
    'host 203.0.113.10:8080 sees 198.18.0.1',
  ],
  [
    'REDIRECT from a guest',
    { PREROUTING: ['-p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128'] },
    'web 192.0.2.9:80/tcp',
    'host 192.168.1.254:3128 sees 192.168.1.1',
  ],
  [
    'REDIRECT of what the host sends',
    { OUTPUT: ['-p udp -m udp --dport 53 -j REDIRECT --to-ports 5353'] },
    'host 192.0.2.53:53/udp',
    'host 127.0.0.1:5353 sees 203.0.113.10',
  ],
  [
    'nothing from outside reaches 127.0.0.1',
    { PREROUTING: [dnat('127.0.0.1')] },
    'internet 203.0.113.10:80/tcp',
    'dropped',
  ],
  [
    'NETMAP',
    { PREROUTING: ['-d 203.0.113.0/24 -j NETMAP --to 192.168.1.0/29'] },
    'internet 203.0.113.10:80/tcp',
    'mail 192.168.1.2:80 sees 198.18.0.1',
  ],
  ['DROP', { PREROUTING: ['-p tcp -j DROP'] }, 'internet 203.0.113.10:80/tcp', 'dropped'],
  [
    'SNAT',
    { POSTROUTING: ['-s 192.168.1.0/24 -o eth0 -j SNAT --to-source 203.0.113.10'] },
    'web 192.0.2.9:25/tcp',
    'outside 192.0.2.9:25 sees 203.0.113.10',
  ],
  [
    'SNAT by the interface it leaves by',
    { POSTROUTING: ['-o br0 -j SNAT --to-source 203.0.113.10'] },
    'web 192.0.2.9:25/tcp',
    'outside 192.0.2.9:25 sees 192.168.1.1',
  ],
  [
    'MASQUERADE',
    { POSTROUTING: ['-o eth0 -j MASQUERADE --to-ports 40000-50000'] },
    'web 192.0.2.9:25/tcp',
    'outside 192.0.2.9:25 sees 203.0.113.10',
  ],
  [
    'SNAT in INPUT',
    { INPUT: ['-p tcp -j SNAT --to-source 192.0.2.66'] },
    'internet 203.0.113.10:22/tcp',
    'host 203.0.113.10:22 sees 192.0.2.66',
  ],
  [
    'POSTROUTING sees the new destination',
    {
      PREROUTING: [dnat('192.168.1.1')],
      POSTROUTING: [
        '-d 203.0.113.10/32 -j SNAT --to-source 192.0.2.1',
        '-d 192.168.1.1/32 -j SNAT --to-source 192.0.2.2',
      ],
    },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 192.0.2.2',
  ],
  [
    'conntrack remembers the old one',
    {
      PREROUTING: [dnat('192.168.1.1')],
      POSTROUTING: [
        '-m conntrack --ctstate DNAT --ctorigdst 203.0.113.10 --ctorigdstport 80 --ctreplsrc 192.168.1.1 -j SNAT --to-source 192.0.2.2',
      ],
    },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 192.0.2.2',
  ],
  [
    'ctstate DNAT needs a translation that made a difference',
    { PREROUTING: [dnat('192.168.1.1')], POSTROUTING: ['-m conntrack --ctstate DNAT -j SNAT --to-source 192.0.2.2'] },
    'internet 192.168.1.1:80/tcp',
    'web 192.168.1.1:80 sees 198.18.0.1',
  ],
  [
    'a hairpin without its masquerade loses the answer',
    { PREROUTING: [`-d 203.0.113.10/32 ${dnat('192.168.1.2')}`] },
    'web 203.0.113.10:25/tcp',
    'mail 192.168.1.2:25 sees 192.168.1.1 (answer lost)',
  ],
  [
    'a hairpin with it does not',
    {
      PREROUTING: [`-d 203.0.113.10/32 ${dnat('192.168.1.2')}`],
      POSTROUTING: ['-s 192.168.1.0/24 -d 192.168.1.0/24 -o br0 -m conntrack --ctstate DNAT -j MASQUERADE'],
    },
    'web 203.0.113.10:25/tcp',
    'mail 192.168.1.2:25 sees 192.168.1.254',
  ],
  [
    'neighbours on a bridge do not pass the host',
    { PREROUTING: [dnat('192.168.1.1')] },
    'web 192.168.1.2:25/tcp',
    'mail 192.168.1.2:25 sees 192.168.1.1',
  ],
  [
    'what the host sends passes OUTPUT, not PREROUTING',
    { PREROUTING: [dnat('192.168.1.1')], OUTPUT: [dnat('192.168.1.2')] },
    'host 203.0.113.10:80/tcp',
    'mail 192.168.1.2:80 sees 203.0.113.10',
  ],
  [
    'the date of a rule is over',
    { PREROUTING: [`-m time --datestop 2026-05-31T00:00:00 ${dnat('192.168.1.1')}`] },
    'internet 203.0.113.10:80/tcp',
    'host 203.0.113.10:80 sees 198.18.0.1',
  ],
  [
    'the date of a rule is not over',
    { PREROUTING: [`-m time --datestart 2026-05-31T00:00:00 --datestop 2026-06-01T12:00:00 ${dnat('192.168.1.1')}`] },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.18.0.1',
  ],
  [
    'a shifted range for a port below its base',
    { PREROUTING: [`-p tcp ${dnat('192.168.1.1:60000-60100/1000')}`] },
    'internet 203.0.113.10:22/tcp',
    'web 192.168.1.1:60019 sees 198.18.0.1',
  ],
  [
    'ctstate DNAT where only the port was translated',
    {
      PREROUTING: ['-p tcp -j DNAT --to-destination :8080'],
      POSTROUTING: ['-m conntrack --ctstate DNAT -j SNAT --to-source 192.0.2.2'],
    },
    'internet 192.168.1.1:80/tcp',
    'web 192.168.1.1:8080 sees 192.0.2.2',
  ],
  [
    'a guest that is sent to itself hears itself, which its kernel drops',
    { PREROUTING: [`-d 203.0.113.10/32 ${dnat('198.51.100.28')}`] },
    'siteclient 203.0.113.10:80/tcp',
    'siteclient 198.51.100.28:80 sees 198.51.100.28 (answer lost)',
  ],
  [
    'from outside to outside the answer does not come back',
    { PREROUTING: [dnat('192.0.2.99')] },
    'internet 203.0.113.10:80/tcp',
    'outside 192.0.2.99:80 sees 198.18.0.1 (answer lost)',
  ],
  [
    'unless the source was translated too',
    { PREROUTING: [dnat('192.0.2.99')], POSTROUTING: ['-j MASQUERADE'] },
    'internet 203.0.113.10:80/tcp',
    'outside 192.0.2.99:80 sees 203.0.113.10',
  ],
];
