/**
 * Our rules of a family stand in the nat table, and, where host.yaml asks for it, in the filter table too. Both are kept as
 * one: a chain of the filter table carries that name before its own, as no chain's own name can: `filter FORWARD`.
 */

export type TableName = 'nat' | 'filter';

const prefix = 'filter ';

export function placeOf(chain: string): { readonly table: TableName; readonly name: string } {
  return chain.startsWith(prefix)
    ? { table: 'filter', name: chain.slice(prefix.length) }
    : { table: 'nat', name: chain };
}

export function fullName(table: TableName, name: string): string {
  return table === 'filter' ? prefix + name : name;
}

/** The input of `iptables-restore --noflush` from lines of ours with full names, each table's together; '' for none. */
export function restoreOf(lines: readonly string[]): string {
  const mark = new RegExp(`^(:|-\\w )${prefix}`);
  const filter = lines.filter((line) => mark.test(line)).map((line) => line.replace(mark, '$1'));
  const nat = lines.filter((line) => !mark.test(line));
  return sectionOf('nat', nat) + sectionOf('filter', filter);
}

export function sectionOf(table: TableName, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${[`*${table}`, ...lines, 'COMMIT'].join('\n')}\n`;
}
