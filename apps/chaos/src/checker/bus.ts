import type { Evidence, PublishedEvent } from '../evidence/evidence.js';
import { type Proof, groupBy } from './proof.js';

const PUBLISHED = /^(cluster|platform|namespace)-(.*)$/s;

/** Every event occurs on its topic, first occurrences in the order of the stream, repeats known by id and revision. */
export const bus: Proof = {
  number: '4b',
  title: 'who reads the topics misses no event, gets first ones in order, and knows every repeat',
  unprovable: ({ published }) => (published ? undefined : 'the bus of this run is no Kafka'),
  violations: ({ events, published }) => {
    const records = published ?? [];
    const byId = groupBy(records, r => r.id);
    const ours = new Map(events.map(e => [e.id, e]));
    const found: string[] = [];
    for (const { id, type, streamId, revision } of events) {
      const [, kind, key] = PUBLISHED.exec(streamId) ?? [];
      if (kind === undefined) continue;
      const same = byId.get(id);
      if (!same) found.push(`${streamId}@${revision} ${type} is not on its topic`);
      for (const record of same ?? [])
        if (
          record.topic !== `replicante.${kind}` ||
          record.key !== key ||
          record.revision !== revision ||
          record.type !== type
        )
          found.push(`${streamId}@${revision} ${type} was published as ${shown(record)}`);
    }
    for (const [id, [record]] of byId)
      if (!ours.has(id) && record) found.push(`${shown(record)} was published and never recorded`);
    return [...found, ...disorder(records)];
  },
};

const shown = ({ topic, key, revision, type }: PublishedEvent): string =>
  `${topic} ${key}@${revision} ${type}`;

/** Per stream: one partition, and first occurrences rise. */
function disorder(records: Evidence['published'] & object): readonly string[] {
  return [...groupBy(records, r => r.source)].flatMap(([source, mine]) => {
    const partitions = new Set(mine.map(r => r.partition));
    const seen = new Set<string>();
    let highest = -1;
    const late: string[] = [];
    for (const { id, revision } of mine) {
      if (!seen.has(id) && revision < highest)
        late.push(`${source}: ${revision} first occurs after ${highest}`);
      seen.add(id);
      highest = Math.max(highest, revision);
    }
    return partitions.size > 1 ? [...late, `${source} lies in ${partitions.size} partitions`] : late;
  });
}
