/** Cases in which the nat table alone does not tell, and some in which it does all the same. */
import { dnat, type Case } from './trace-cases.ts';

export const openCases: readonly Case[] = [
  [
    'a mark is unknown',
    { PREROUTING: [`-m mark --mark 0x1 ${dnat('192.168.1.1')}`, dnat('192.168.1.2')] },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.18.0.1 | mail 192.168.1.2:80 sees 198.18.0.1',
  ],
  [
    'an unknown match that fails on what is known',
    { PREROUTING: [`-p udp -m mark --mark 0x1 ${dnat('192.168.1.1')}`] },
    'internet 203.0.113.10:80/tcp',
    'host 203.0.113.10:80 sees 198.18.0.1',
  ],
  [
    'an unknown match on a harmless rule',
    {
      PREROUTING: ['-m limit --limit 3/min -j LOG', '-m mark --mark 1 -j Q', dnat('192.168.1.1')],
      Q: ['-j MARK --set-xmark 0x2/0x2'],
    },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.18.0.1',
  ],
  [
    'whoever sends it, a packet that is passed on has no owner',
    {
      POSTROUTING: [
        '-m owner --uid-owner 0 -j SNAT --to-source 192.0.2.1',
        '-m owner ! --uid-owner 0 -j SNAT --to-source 192.0.2.2',
      ],
    },
    'web 192.0.2.9:25/tcp',
    'outside 192.0.2.9:25 sees 192.0.2.2',
  ],
  [
    'the owner of what the host sends is unknown',
    { POSTROUTING: ['-m owner --uid-owner 0 -j SNAT --to-source 192.0.2.1'] },
    'host 192.0.2.9:25/tcp',
    'outside 192.0.2.9:25 sees 192.0.2.1 | outside 192.0.2.9:25 sees 203.0.113.10',
  ],
  [
    'a target that nobody knows',
    { PREROUTING: ['-p tcp -j ZAP --hard'] },
    'internet 203.0.113.10:80/tcp',
    'unknowable',
  ],
  [
    'a chain may have the name of a target',
    { PREROUTING: ['-j ZAP', dnat('192.168.1.2')], ZAP: ['-p udp -j ACCEPT'] },
    'internet 203.0.113.10:80/tcp',
    'mail 192.168.1.2:80 sees 198.18.0.1',
  ],
  [
    "a guest's vif is known by its beginning only",
    { PREROUTING: [`-i vif+ ${dnat('192.168.1.1')}`] },
    'siteclient 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.51.100.28',
  ],
  [
    "a guest's vif by its whole name is unknown",
    { PREROUTING: [`-i vif3.0 ${dnat('192.168.1.1')}`] },
    'siteclient 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.51.100.28 | host 203.0.113.10:80 sees 198.51.100.28',
  ],
  [
    "a guest's vif is no bridge",
    { PREROUTING: [`-i br0 ${dnat('192.168.1.1')}`] },
    'siteclient 203.0.113.10:80/tcp',
    'host 203.0.113.10:80 sees 198.51.100.28',
  ],
  [
    'a source port that nobody chose',
    { PREROUTING: [`-p tcp -m tcp --sport 1024:65535 ${dnat('192.168.1.1')}`] },
    'internet 203.0.113.10:80/tcp',
    'web 192.168.1.1:80 sees 198.18.0.1 | host 203.0.113.10:80 sees 198.18.0.1',
  ],
];
