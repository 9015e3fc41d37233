/** Names of kernel settings: dots between the parts, a slash for a dot in the name of an interface. */

/** Below /proc/sys. */
export function sysctlPath(key: string): string {
  return key.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}

/** As the kernel shows a value, whatever blanks stand between its numbers. */
export function sysctlValue(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}
