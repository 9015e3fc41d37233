/**
 * What `nft monitor` prints, read: each commit to the ruleset ends with a line that names the process that made it.
 * (nftables 1.0.6: `# new generation 6 by process 4393 (iptables-nft-re)`; the name has at most 15 characters.)
 */

export interface RulesetCommit {
  readonly generation: number;
  readonly pid: number;
  readonly process: string;
  /** Whether a line of it concerned a nat table or a chain on a nat hook. */
  readonly nat: boolean;
}

export interface MonitorReader {
  /** Takes output as it comes, in pieces of any size; the commits that ended in it. */
  read(piece: string): readonly RulesetCommit[];
}

// A process may have a line's end in its name: what stands behind it is no line of nft's.
const generationLine = /^# new generation (\d+) by process (\d+) \((.*?)\)?$/;
const natLine =
  /^(add|delete|insert|replace|create|destroy|flush) \w+ (ip6?|inet) nat\b|type nat hook|\bdnat\b|\bsnat\b|\bmasquerade\b|\bredirect\b/;

/** One line never waits longer than this for its end: a longer one is cut, for only its beginning is read. */
const lineCharacters = 10_000;

export function createMonitorReader(): MonitorReader {
  let rest = '';
  let nat = false;
  function line(text: string): readonly RulesetCommit[] {
    const end = generationLine.exec(text);
    if (end === null) {
      nat ||= natLine.test(text);
      return [];
    }
    const commit = { generation: Number(end[1]), pid: Number(end[2]), process: end[3] ?? '', nat };
    nat = false;
    return [commit];
  }
  return {
    read(piece) {
      const lines = (rest + piece).split('\n');
      rest = (lines.pop() ?? '').slice(0, lineCharacters);
      return lines.flatMap(line);
    },
  };
}
