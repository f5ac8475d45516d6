import { machine } from '../measuring/machine.js';
import { text } from '../measuring/figures.js';
import { growthOf } from './growth.js';
import type { Series } from './growth.js';
import type { Load } from './load.child.js';
import type { SoakOptions } from './options.js';

export interface SoakOutcome {
  readonly options: SoakOptions;
  readonly series: readonly Series[];
  readonly load: Load;
  readonly changes: number;
  readonly cycles: number;
  /** Of stderr of all services. */
  readonly complaints: string;
  readonly unexpected: readonly string[];
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** Names of what grew although it must not, what failed, and what was complained of: empty when all is well. */
export function faultsOf({ series, load, complaints, unexpected }: SoakOutcome): readonly string[] {
  return [
    ...series.filter(one => growthOf(one).level === false).map(({ name }) => `${name} grows`),
    ...load.failures,
    ...unexpected.map(what => `asked of the simulator: ${what}`),
    ...(complaints === '' ? [] : [`on stderr: ${complaints}`]),
  ];
}

export function soakReport(outcome: SoakOutcome): string {
  const { options, series, load, changes, cycles } = outcome;
  const { minutes, clusters, nodesPerCluster, intervalSeconds, sampleSeconds } = options;
  const rows = series.map(one => {
    const { first, half, last, risen, level } = growthOf(one);
    const verdict = level === undefined ? 'facts' : level ? 'level' : '**grows**';
    const unit = one.unit === '' ? '' : ` ${one.unit}`;
    return row([`${one.name}${unit}`, text(first), text(half), text(last), text(risen), verdict]);
  });
  const faults = faultsOf(outcome);
  return [
    '# Soak',
    'Written by `npm run soak`; do not edit. Built services on PostgreSQL over simulated agents, sampled while a client ' +
      'submits commands, another reads lists and a third follows a cluster live; one node’s status changes per cluster and ' +
      'minute, and 1 % of the agents hang. What has to stop growing is judged by a straight line through the second half: ' +
      'it may rise by 5 %, by its noise, or to where it was before. What holds facts grows with them, and is not judged.',
    `_${new Date().toISOString().slice(0, 16)}Z on ${machine()}; repeat: \`npm run soak -- --minutes ${minutes} ` +
      `--clusters ${clusters}\`_`,
    `${minutes} minutes, ${clusters} clusters of ${nodesPerCluster} nodes every ${intervalSeconds} s, a sample every ` +
      `${sampleSeconds} s: ${text(cycles)} cycles, ${text(changes)} changes, ${text(load.commands)} commands, ` +
      `${text(load.lists)} lists, ${text(load.told)} live messages. ` +
      (faults.length === 0 ? 'Nothing failed, nothing was complained of.' : `${faults.length} faults:`),
    ...(faults.length === 0 ? [] : [faults.map(fault => `- ${fault}`).join('\n')]),
    [
      row(['what', 'first', 'half time', 'last', 'risen in the second half', '']),
      row(['---', '---', '---', '---', '---', '---']),
      ...rows,
    ].join('\n'),
    '',
  ].join('\n\n');
}
