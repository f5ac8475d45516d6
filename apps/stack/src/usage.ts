import { SHARED_OPTIONS } from '@replicante/app-standalone';

export const USAGE = `Usage: npm run stack -- [options]

The recommended deployment on one machine: EventStoreDB, Kafka, Consul and PostgreSQL, and each service as processes of
its own (2 command, 2 projection, 2 query, 2 scheduler, 3 worker), with the quickstart's platform of PostgreSQL nodes.
Kafka needs Java 17 and Maven once, Consul Go; an address in the environment is used instead of starting one:
KAFKA_BROKERS, CONSUL_HTTP_ADDR, EVENTSTOREDB_URL; workers call COMMAND_ADDRESS where it is given. EVENT_STORE, EVENT_BUS,
TASK_QUEUE and COORDINATOR choose otherwise.

  --data-dir DIR         everything that is kept (default .replicante-stack/); processes.json in it says who is who
  --http-port N          GraphQL, probes and metrics of the first query on 127.0.0.1 (default 16016)
  --grpc-port N          commands to the first command service on 127.0.0.1 (default 16017)
${SHARED_OPTIONS}`;
