/** Every file of the host that a desired state asks for. */
import type { Desired, Guest } from '../../model/desired.ts';
import type { FileTarget, Setting } from '../../model/target.ts';
import { renderDomu, xmProblem, type DomuFormat } from './domu.ts';
import { unapplied } from './header.ts';
import { renderHostNetwork } from './ifupdown.ts';
import { renderSysctls, sysctlsOf } from './sysctl.ts';

export const sysctlFile = '/etc/sysctl.d/99-natroute.conf';
export const hostNetworkFile = '/etc/network/interfaces.d/natroute';
export const xlConf = '/etc/xen/xl.conf';

/** Sorted by path. The toolstack's are left out where there is no Xen. */
export function filesOf(desired: Desired, format: DomuFormat = 'xl'): readonly FileTarget[] {
  const { host } = desired;
  const sysctls = sysctlsOf(desired);
  const files: readonly FileTarget[] = [
    ...(sysctls.length === 0
      ? []
      : [{ kind: 'file', path: sysctlFile, body: renderSysctls(sysctls), made: unapplied } as const]),
    ...(host.hostNetwork === 'ifupdown'
      ? [{ kind: 'file', path: hostNetworkFile, body: renderHostNetwork(host), made: unapplied } as const]
      : []),
    ...(host.toolstack === 'xl' ? xenFiles(desired, format) : []),
  ];
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Guests whose domU is natroute's business. */
export function domuGuests({ host, guests }: Desired): readonly Guest[] {
  return host.toolstack === 'xl' ? guests.filter(({ state }) => state === 'running' || state === 'stopped') : [];
}

/** Whose domU config or autostart link this is; null where it is neither. */
export function guestOfFile(path: string): string | null {
  return /^\/etc\/xen\/(?:auto\/)?([^/]+)\.cfg$/.exec(path)?.[1] ?? null;
}

function xenFiles(desired: Desired, format: DomuFormat): readonly FileTarget[] {
  const { host } = desired;
  const guests = domuGuests(desired).filter((guest) => format === 'xl' || xmProblem(guest) === null);
  return [
    ...guests.map((guest): FileTarget => {
      return {
        kind: 'file',
        path: `/etc/xen/${guest.name}.cfg`,
        body: renderDomu(host, guest, format),
        made: unapplied,
      };
    }),
    ...guests
      .filter(({ autostart, state }) => autostart && state === 'running')
      .map((guest): FileTarget => {
        return { kind: 'link', path: `/etc/xen/auto/${guest.name}.cfg`, to: `../${guest.name}.cfg` };
      }),
    ...(guests.length > 0 && format === 'xl' ? [xlSettings(desired)] : []),
  ];
}

/** The vifs of natroute's guests name no script for a bridge: they are as the default says. */
function xlSettings({ host }: Desired): FileTarget {
  const [network] = host.networks;
  const settings: readonly Setting[] = [
    { key: 'vif.default.script', value: '"vif-bridge"' },
    ...(network === undefined ? [] : [{ key: 'vif.default.bridge', value: `"${network.bridge}"` }]),
  ];
  return { kind: 'edit', path: xlConf, settings };
}
