import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { Counter, Histogram } from 'prom-client';

export interface QueryMetrics {
  /** Times every request for GraphQL that `server` answers from now on. */
  readonly observe: (server: FastifyInstance) => void;
  readonly failed: (code: string) => void;
}

/** What `query` counts. */
export function queryMetrics(register: Registry): QueryMetrics {
  const registers = [register];
  const answered = new Histogram({
    name: 'replicante_query_duration_seconds',
    help: 'GraphQL requests over HTTP by status; 200 may carry errors of single fields.',
    labelNames: ['status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const errors = new Counter({
    name: 'replicante_query_errors_total',
    help: 'Errors that were answered, by code.',
    labelNames: ['code'],
    registers,
  });
  return {
    observe: server =>
      server.addHook('onResponse', (request, reply, done) => {
        if (request.routeOptions.url === '/graphql')
          answered.observe({ status: String(reply.statusCode) }, reply.elapsedTime / 1000);
        done();
      }),
    failed: code => errors.inc({ code }),
  };
}
