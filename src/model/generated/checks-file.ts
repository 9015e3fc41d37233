// Made from schemas/ by `npm run generate`: do not edit.

/**
 * Packet checks that must hold before anything is applied: one that fails stops the commit.
 */
export type ChecksFile = {
  /**
   * Each check sends one thought packet through the rules and says where it must end.
   */
  checks?: Check[];
} | null;

/**
 * One packet: `from`, `to`, and exactly one of `reaches` and `leaves-as`.
 */
export interface Check {
  /**
   * Who sends: `internet` (an address that is in no group), a guest's name, or an IP.
   */
  from: string;
  /**
   * Where to, as NAME:PORT/PROTOCOL or IP:PORT/PROTOCOL; NAME is one of host.yaml's addresses, and an IPv6 stands in brackets. A name that has an IPv4 and an IPv6 is checked on both.
   */
  to: string;
  /**
   * Where the packet must end: GUEST:PORT, `host` (delivered to dom0, on a port of `listens`), or `nothing` (delivered to nobody who listens, or dropped).
   */
  reaches?: string;
  /**
   * The public address, by its name in host.yaml, that the outside must see as the sender of a guest's packet.
   */
  'leaves-as'?: string;
}
