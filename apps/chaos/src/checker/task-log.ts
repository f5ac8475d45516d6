import type { TaskCounts, TaskLog } from '../evidence/evidence.js';
import { type Proof, groupBy } from './proof.js';
import { ENDS, TaskPartition } from './task-partition.js';

/** The queue's log, read from its first record, says of each task what became of it; and the queue says the same. */
export const taskLog: Proof = {
  number: '5c',
  title: 'by the queue’s own log each task ended once or waits, and its counts are those of the log',
  unprovable: ({ taskLog: log }) => {
    if (!log) return 'the queue of this run is no Kafka';
    const cut = [...groupBy(log.records, r => r.partition)].filter(([, [first]]) => (first?.offset ?? 0) > 0);
    return cut.length > 0
      ? `the beginning of ${cut.length} partitions was removed, as long logs’ is`
      : undefined;
  },
  violations: ({ taskLog: log }) => (log ? judge(log) : []),
};

function judge(log: TaskLog): readonly string[] {
  const partitions = foldTasks(log);
  const found = partitions.flatMap(({ strange }) => strange);
  for (const { lives, open } of partitions.map(p => ({ lives: p.lives, open: new Set(p.open) })))
    for (const [id, { came, ends }] of lives) {
      const fates = [...ends, ...(open.has(id) ? ['is there'] : [])];
      if (fates.length !== came)
        found.push(
          `task ${id} came ${came} times and has ${fates.length} fates: ${fates.join(', ') || 'none'}`,
        );
    }
  return [...found, ...compare(partitions, log)];
}

/** Partitions in any order, each record in its own's. */
export function foldTasks({ records }: Pick<TaskLog, 'records'>): readonly TaskPartition[] {
  return [...groupBy(records, r => r.partition).values()].map(mine => {
    const partition = new TaskPartition();
    for (const record of mine) partition.apply(record);
    return partition;
  });
}

/** What is counted only grows: the log, read in between, lies between the two answers. */
function compare(partitions: readonly TaskPartition[], { before, after }: TaskLog): readonly string[] {
  const sum = (of: (partition: TaskPartition) => number): number =>
    partitions.reduce((total, partition) => total + of(partition), 0);
  const counted: readonly (readonly [what: string, own: number, said: (of: TaskCounts) => number])[] = [
    ['enqueued', sum(p => p.enqueued), of => of.enqueued],
    ...ENDS.map(end => [end, sum(p => p.ended[end]), (of: TaskCounts) => of.ended[end] ?? 0] as const),
  ];
  return counted.flatMap(([what, own, said]) =>
    said(before) <= own && own <= said(after)
      ? []
      : [`${what}: ${own} by the log; the queue said ${said(before)} before and ${said(after)} after`],
  );
}
