import { stringify } from 'yaml';
import type { Io } from './io.js';

export type Format = 'table' | 'json' | 'yaml';

/** Says a result once: `human` is asked for only when people read. */
export function say(io: Io, format: Format, value: unknown, human: () => string): void {
  if (format === 'json') io.out(`${JSON.stringify(value, null, 2)}\n`);
  else if (format === 'yaml') io.out(stringify(value));
  else {
    const text = human();
    if (text !== '') io.out(text.endsWith('\n') ? text : `${text}\n`);
  }
}
