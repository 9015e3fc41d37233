/** What doctor found, trouble first, and whether a test alert arrived. */
import type { Remark } from '../doctor/facts.ts';
import { printable, type Paint, type Style } from './paint.ts';
import { counted } from './words.ts';

export interface DoctorView {
  readonly host: string;
  readonly remarks: readonly Remark[];
  /** Null where no test alert was asked for. */
  readonly deliveries: readonly DeliveryView[] | null;
}

interface DeliveryView {
  readonly receiver: string;
  readonly problem: string | null;
  readonly help: string | null;
}

const order: Readonly<Record<Remark['severity'], number>> = { error: 0, warning: 1, fine: 2 };
const styles: Readonly<Record<Remark['severity'], Style>> = { error: 'error', warning: 'warning', fine: 'create' };

export function doctorText({ host, remarks, deliveries }: DoctorView, paint: Paint): string {
  const wrong = remarks.filter(({ severity }) => severity !== 'fine').length;
  const sorted = remarks.toSorted((a, b) => order[a.severity] - order[b.severity]);
  const lines = [
    paint('strong', `${printable(host)}: ${wrong === 0 ? 'nothing amiss' : `${counted(wrong, 'thing')} to look at`}`),
    ...sorted.flatMap(({ severity, code, text, help }) => [
      paint(styles[severity], `  ${severity.padEnd(9)}${printable(`${code}: ${text}`)}`),
      ...helpLine(help),
    ]),
  ];
  if (deliveries !== null) {
    lines.push('', 'Test alert:');
    if (deliveries.length === 0) lines.push('  nobody to send it to');
    for (const { receiver, problem, help } of deliveries)
      lines.push(
        paint(
          problem === null ? 'create' : 'error',
          `  ${receiver.padEnd(18)}${problem === null ? 'arrived' : printable(problem)}`,
        ),
        ...helpLine(help),
      );
  }
  return `${lines.join('\n')}\n`;
}

function helpLine(help: string | null): readonly string[] {
  return help === null ? [] : [`           help: ${printable(help)}`];
}
