// Made from schemas/ by `npm run generate`: do not edit.

/**
 * Named sets of source addresses, for `from` in a guest's forwards. With many hosts: common/groups.yaml.
 */
export type GroupsFile = {
  /**
   * The group's networks and single IPs, IPv4 and IPv6. Quote IPv6.
   */
  [k: string]: Network[];
} | null;
/**
 * A network such as 192.0.2.0/24 or "2001:db8:7::/48", or a single IP. No bits may be set behind the prefix.
 */
export type Network = string;
