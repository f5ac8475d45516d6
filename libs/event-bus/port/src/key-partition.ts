/** The partition of a key, as Kafka's DefaultPartitioner chooses it: a key maps alike on every adapter. */
export { murmur2, partitionOfKey as partitionOf } from '@replicante/kernel';
