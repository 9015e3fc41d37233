/** Which guests come up with the host, and as what. */
import type { BootFiles } from '../../model/boot.ts';
import type { Target } from '../../model/target.ts';
import { fine, type Remark, risk } from '../doctor/facts.ts';

const folder = '/etc/xen/auto/';
/** Each alone brings them up. */
const starters = ['xendomains.service', 'natroute-guests.service'];

export function guestRemarks(
  { host, guests, files }: Pick<Target, 'host' | 'guests' | 'files'>,
  { autostart, savedGuests, enabledUnits }: Pick<BootFiles, 'autostart' | 'savedGuests' | 'enabledUnits'>,
): readonly Remark[] {
  if (host.toolstack !== 'xl') return [];
  const wanted = files.flatMap(({ path }) => (path.startsWith(folder) ? [path.slice(folder.length)] : []));
  const managed = new Set(guests.filter(({ state }) => state !== 'unmanaged').map(({ name }) => name));
  const nameOf = (entry: string): string => entry.replace(/\.cfg$/, '');
  const started = enabledUnits === null || starters.some((name) => enabledUnits.includes(name));
  const remarks = [
    ...(started || wanted.length === 0
      ? []
      : [
          risk(
            'boot-guest',
            `nothing starts ${wanted.map(nameOf).join(', ')} with the host: neither ${starters.join(' nor ')} is enabled`,
            `systemctl enable ${starters.join(' ')}`,
          ),
        ]),
    ...wanted
      .filter((entry) => !autostart.includes(entry))
      .map((entry) =>
        risk(
          'boot-guest',
          `${nameOf(entry)} does not start with the host: ${folder}${entry} is missing, or what it points to`,
          'natroute plan',
        ),
      ),
    ...autostart
      .filter((entry) => !wanted.includes(entry) && managed.has(nameOf(entry)))
      .map((entry) =>
        risk(
          'boot-guest',
          `${nameOf(entry)} starts with the host, by ${folder}${entry}, although its file does not ask for it`,
          `rm ${folder}${entry}, or write \`autostart: true\` in its file.`,
        ),
      ),
    ...savedGuests
      .filter((name) => managed.has(name))
      .map((name) =>
        risk(
          'boot-saved-guest',
          `${name} was saved at a shutdown and comes back with the config of then`,
          `rm /var/lib/xen/save/${name}, or set XENDOMAINS_RESTORE=false in /etc/default/xendomains.`,
        ),
      ),
  ];
  return remarks.length > 0
    ? remarks
    : [fine('boot-guest', 'the guests that shall start with the host do, and no others')];
}
