import { parseArgs } from 'node:util';

export interface SoakOptions {
  readonly minutes: number;
  readonly clusters: number;
  readonly nodesPerCluster: number;
  readonly intervalSeconds: number;
  readonly sampleSeconds: number;
  /** Markdown; replaced. */
  readonly output: string | undefined;
  /** JSON of every sample, for a closer look. */
  readonly samples: string | undefined;
}

/** `--minutes 20 --clusters 200 --nodes 5 --interval 10 --every 15 --output FILE --samples FILE`. Throws what is wrong with them. */
export function soakOptions(words: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      minutes: { type: 'string', default: '20' },
      clusters: { type: 'string', default: '200' },
      nodes: { type: 'string', default: '5' },
      interval: { type: 'string', default: '10' },
      every: { type: 'string', default: '15' },
      output: { type: 'string' },
      samples: { type: 'string' },
    },
  });
  const positive = (name: 'minutes' | 'clusters' | 'nodes' | 'interval' | 'every'): number => {
    const number = Number(values[name]);
    if (!(number > 0)) throw new Error(`--${name} must be a number above 0, not ${values[name]}`);
    return number;
  };
  return {
    minutes: positive('minutes'),
    clusters: positive('clusters'),
    nodesPerCluster: positive('nodes'),
    intervalSeconds: positive('interval'),
    sampleSeconds: positive('every'),
    output: values.output,
    samples: values.samples,
  };
}
