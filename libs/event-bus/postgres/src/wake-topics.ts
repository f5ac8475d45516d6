import { partitionOfKey } from '@replicante/kernel';

const BUCKETS = 16;
type RecordsWake = `records${number}`;

/** `groups`: a member came, went or gave a partition back. */
export type WakeTopic = 'groups' | RecordsWake;

/** `records<n>`: something was published to a topic whose name falls into that bucket. */
const RECORDS: readonly RecordsWake[] = Array.from({ length: BUCKETS }, (_, n): RecordsWake => `records${n}`);
export const WAKE_TOPICS: readonly WakeTopic[] = ['groups', ...RECORDS];

/** Only those who read a topic are woken, or the few whose topics share its bucket: that costs them a look. */
export const recordsOf = (topic: string): WakeTopic => `records${partitionOfKey(topic, BUCKETS)}`;
