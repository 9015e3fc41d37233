/** A new state repository: an example to change, and the schemas that make editors check it as it is written. */
import checksSchema from '../../schemas/checks.schema.json' with { type: 'json' };
import groupsSchema from '../../schemas/groups.schema.json' with { type: 'json' };
import guestSchema from '../../schemas/guest.schema.json' with { type: 'json' };
import hostSchema from '../../schemas/host.schema.json' with { type: 'json' };

const host = `# yaml-language-server: $schema=./.natroute/host.schema.json
# The dom0. All addresses here are examples: put yours in their place.
uplink: { interface: eth0, gateway: 203.0.113.1 } # with IPv6 too: [203.0.113.1, "fe80::1"]
addresses: # the public addresses; the first is the default of every forward
  main: 203.0.113.10/24
  # failover: { ip: 198.51.100.28, mac: "00:16:3e:00:00:28", reached: arp }   # for a guest that carries it itself
networks: # private ones; what comes from them leaves as the first address
  lan: { bridge: br0, subnet: 192.168.1.0/24, gateway: 192.168.1.254 }
listens: [22/tcp] # the host's own services, so that no forward takes them by accident
# forwarding: accept   # where the filter table's FORWARD chain drops what is forwarded
toolstack: xl # or netns, on a machine without Xen
timezone: UTC # for \`until\` in forwards
`;

const guest = `# yaml-language-server: $schema=../.natroute/guest.schema.json
# One file per guest; the file's name is the guest's name.
description: The public web site
# Only the forwards go there; the domU itself is never touched. To have natroute make and keep it, take this line away
# and say memory, vcpus and disks.
state: unmanaged
interfaces:
  - { network: lan, ip: 192.168.1.1, mac: "00:16:3a:11:11:01" }
forwards:
  - { port: 80, description: http } # main:80/tcp -> 192.168.1.1:80
  - { port: 2222, to: 22, from: [admins], description: ssh } # only for these; others reach the host's own port 2222
`;

const groups = `# yaml-language-server: $schema=./.natroute/groups.schema.json
# Named sets of source addresses, for \`from\` in forwards.
admins: [192.0.2.77, "2001:db8:7::/48"]
`;

const checks = `# yaml-language-server: $schema=./.natroute/checks.schema.json
# Packets that must end where you say, or the commit is not applied.
checks:
  - { from: internet, to: "main:80/tcp", reaches: "web:80" }
  - { from: 192.0.2.77, to: "main:22/tcp", reaches: host } # never locked out
  - { from: internet, to: "main:3306/tcp", reaches: nothing }
`;

const readme = `# The desired state of our dom0

natroute makes the host follow this repository: push a commit, and its port forwards follow.

| file | what |
| --- | --- |
| \`host.yaml\` | the dom0: public addresses, private networks, the host's own services |
| \`guests/NAME.yaml\` | one guest per file, with its forwards |
| \`groups.yaml\` | named sets of source addresses |
| \`checks.yaml\` | packets that must end where you say, before anything is applied |
| \`.natroute/\` | schemas, so that an editor with yaml-language-server checks while you type |

Before you push: \`natroute validate\`. On the host: \`natroute plan\` shows what a commit would change.

For many hosts, put each into \`hosts/NAME/\` (host.yaml, guests/) and what they share into \`common/\`.
`;

const ignored = `# Editors' leftovers.
*~
*.swp
.DS_Store
`;

const schemas = { host: hostSchema, guest: guestSchema, groups: groupsSchema, checks: checksSchema };

/** Path -> content of all its files. */
export function starterFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['README.md', readme],
    ['.gitignore', ignored],
    ['host.yaml', host],
    ['guests/web.yaml', guest],
    ['groups.yaml', groups],
    ['checks.yaml', checks],
    ...Object.entries(schemas).map(
      ([name, schema]) => [`.natroute/${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`] as const,
    ),
  ]);
}
