import type { Service } from '../fleet/running-fleet.js';
import { SERVICES } from '../fleet/running-fleet.js';
import type { DatabaseFigures } from './database-figures.js';
import type { Series } from './growth.js';
import type { ProcessFigures } from './process-figures.js';

export interface Sample {
  readonly services: Readonly<Record<Service, ProcessFigures & { readonly heapMb: number }>>;
  readonly postgresPssMb: number;
  readonly database: DatabaseFigures;
}

/**
 * Tables that hold facts, or what is shown of them: they grow with events and are not judged. The bus keeps records for
 * its retention, which is longer than any soak.
 */
const FACTS = /^(event_store\.events|event_store\.streams|event_bus\.record|read_models_v\d+\.)/;
/** A table that never reached this is not told. */
const TOLD_FROM_KB = 64;

export function soakSeries(samples: readonly Sample[]): readonly Series[] {
  const over = (at: (sample: Sample) => number): readonly number[] => samples.map(at);
  return [
    ...SERVICES.flatMap((name): Series[] => [
      series(
        `${name}: PSS`,
        'MB',
        'level',
        8,
        over(({ services }) => services[name].pssMb),
      ),
      series(
        `${name}: heap used`,
        'MB',
        'level of lows',
        4,
        over(({ services }) => services[name].heapMb),
      ),
      series(
        `${name}: handles`,
        '',
        'level',
        4,
        over(({ services }) => services[name].handles),
      ),
      series(
        `${name}: sockets`,
        '',
        'level',
        4,
        over(({ services }) => services[name].sockets),
      ),
    ]),
    series(
      'PostgreSQL: PSS',
      'MB',
      'level',
      8,
      over(({ postgresPssMb }) => postgresPssMb),
    ),
    series(
      'PostgreSQL: connections',
      '',
      'level',
      2,
      over(({ database }) => database.connections),
    ),
    series(
      'WAL kept',
      'MB',
      'level',
      64,
      over(({ database }) => database.walKeptMb),
    ),
    series(
      'WAL written',
      'MB',
      'facts',
      0,
      over(({ database }) => database.walWrittenMb),
    ),
    series(
      'events',
      '',
      'facts',
      0,
      over(({ database }) => database.events),
    ),
    ...tableSeries(samples),
  ];
}

const series = (
  name: string,
  unit: string,
  owes: Series['owes'],
  slack: number,
  values: readonly number[],
): Series => ({ name, unit, owes, slack, values });

function tableSeries(samples: readonly Sample[]): readonly Series[] {
  const names = [...new Set(samples.flatMap(({ database }) => database.tables.map(({ name }) => name)))];
  return names.flatMap(name => {
    const tables = samples.map(({ database }) => database.tables.find(table => table.name === name));
    if (tables.every(table => (table?.tableKb ?? 0) + (table?.indexKb ?? 0) < TOLD_FROM_KB)) return [];
    const owes = FACTS.test(name) ? 'facts' : 'level';
    const of = (pick: 'tableKb' | 'indexKb' | 'dead'): readonly number[] => tables.map(t => t?.[pick] ?? 0);
    return [
      series(`${name}: table`, 'KB', owes, 128, of('tableKb')),
      series(`${name}: indexes`, 'KB', owes, 128, of('indexKb')),
      // Autovacuum comes once a minute, or at a share of the rows.
      series(`${name}: dead rows`, '', owes, 2_000, of('dead')),
    ];
  });
}
