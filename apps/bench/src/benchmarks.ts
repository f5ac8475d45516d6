import { bigCluster } from './big-cluster/big-cluster.bench.js';
import { commands } from './commands/commands.bench.js';
import { commandsEventStoreDb } from './commands-eventstoredb/commands-eventstoredb.bench.js';
import { cycle } from './cycle/cycle.bench.js';
import { fleet } from './fleet/fleet.bench.js';
import { fleetStack } from './fleet-stack/fleet-stack.bench.js';
import { gapsAfterFaults } from './fleet-stack/gaps.bench.js';
import { graphqlList } from './graphql-list/graphql-list.bench.js';
import { latency } from './latency/latency.bench.js';
import type { Benchmark } from './measuring/benchmark.js';
import { eventBusKafka } from './kafka/event-bus-kafka.bench.js';
import { kafkaQueue } from './kafka/kafka-queue.bench.js';
import { start } from './start/start.bench.js';
import { rebuild } from './rebuild/rebuild.bench.js';

/** In the order of docs/benchmarks.md. */
export const BENCHMARKS: readonly Benchmark[] = [
  commands,
  commandsEventStoreDb,
  rebuild,
  latency,
  graphqlList,
  cycle,
  fleet,
  fleetStack,
  gapsAfterFaults,
  start,
  bigCluster,
  kafkaQueue,
  eventBusKafka,
];
