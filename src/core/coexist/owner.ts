/** Whose a foreign chain or rule is, by the names, comments and interfaces that the program behind it always uses. */
import { commentOf, jumpOf } from '../nat/rule.ts';

interface Habit {
  readonly owner: string;
  readonly chain?: RegExp;
  readonly comment?: RegExp;
  /** An interface, or what stands for one in a rule. */
  readonly rule?: RegExp;
  /** A table of nft. */
  readonly table?: RegExp;
}

// The first that fits: what is more telling stands first.
const habits: readonly Habit[] = [
  { owner: 'kube-proxy', chain: /^KUBE-/, table: /^kube-proxy/ },
  { owner: 'Calico', chain: /^cali(-|co)/, comment: /^cali:/, table: /^calico$/ },
  { owner: 'Cilium', chain: /^(OLD_)?CILIUM_/, comment: /^cilium/ },
  { owner: 'Flannel', chain: /^FLANNEL-/, comment: /^flanneld/, table: /^flannel/ },
  { owner: 'Weave', chain: /^WEAVE/ },
  { owner: 'LXD', chain: /^lxd_/, comment: /LXD network/, table: /^lxd/, rule: / (?:-i|-o) lxdbr\d+\b/ },
  { owner: 'Incus', comment: /Incus network/, table: /^incus/, rule: / (?:-i|-o) incusbr\d+\b/ },
  { owner: 'Podman', chain: /^(NETAVARK|CNI)-|^CNI-/, table: /^netavark/ },
  {
    owner: 'Docker',
    chain: /^DOCKER([-_]|$)/,
    table: /^docker/,
    // A published port of a container's own, as seen by itself.
    rule: / (?:-i|-o) (?:docker0|docker_gwbridge|br-[0-9a-f]{12})\b|^ -s (\S+) -d \1 -p (\w+) -m \2 --dport \d+ -j MASQUERADE$/,
  },
  { owner: 'libvirt', chain: /^LIBVIRT_/, table: /^libvirt/, rule: / (?:-i|-o) virbr\d+\b/ },
  { owner: 'fail2ban', chain: /^(f2b|fail2ban)-/, table: /^f2b-/ },
  { owner: 'CrowdSec', chain: /^CROWDSEC/i, table: /^crowdsec/ },
  { owner: 'ufw', chain: /^ufw6?-/ },
  {
    owner: 'firewalld',
    chain:
      /^(PREROUTING|POSTROUTING|INPUT|OUTPUT|FORWARD)_(direct|ZONES|POLICIES|IN_ZONES|OUT_ZONES)|^(IN|PRE|POST|FWD|FWDI|FWDO)_\w+/,
    table: /^firewalld/,
  },
  { owner: 'Proxmox', chain: /^PVEFW-/, table: /^proxmox/ },
  { owner: 'Tailscale', chain: /^ts-/, table: /^tailscale/ },
  { owner: 'WireGuard (wg-quick)', comment: /^wg-quick/, table: /^wg-quick/, rule: / (?:-i|-o) wg\d+\b/ },
  { owner: 'NetworkManager', chain: /^nm-sh-/, comment: /^nm-/, table: /^nm-/ },
  { owner: 'miniupnpd', chain: /^MINIUPNPD/i, table: /^miniupnpd/ },
  { owner: 'OpenStack', chain: /^(neutron|nova)-/ },
  {
    owner: "Xen's hotplug scripts",
    rule: / (?:-i|-o|--physdev-in|--physdev-out) (?:vif|tap)\d+\.\d+(?:-emu)?\b/,
  },
];

/** Null: nobody known. */
export function ownerOfChain(name: string): string | null {
  return habits.find(({ chain }) => chain?.test(name) === true)?.owner ?? null;
}

export function ownerOfNftTable(name: string): string | null {
  return habits.find(({ table }) => table?.test(name) === true)?.owner ?? null;
}

/** By the chain that it jumps to, its comment, or an interface of its owner's. */
export function ownerOfRule(text: string): string | null {
  const jump = jumpOf(text);
  const comment = commentOf(text);
  const spaced = ` ${text}`;
  const habit =
    (jump === null ? undefined : habits.find(({ chain }) => chain?.test(jump) === true)) ??
    habits.find((one) => (comment !== null && one.comment?.test(comment) === true) || one.rule?.test(spaced) === true);
  return habit?.owner ?? null;
}
