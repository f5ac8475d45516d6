import type { MercuriusDriverConfig } from '@nestjs/mercurius';
import type { Logger } from '@replicante/service';
import type { ExecutionResult } from 'graphql';
import { NoSchemaIntrospectionCustomRule } from 'graphql';
import { readFileSync } from 'node:fs';
import type { Reads } from '../arguments/reads.js';
import type { HeardClock } from '../live/heard-clock.js';
import { formatErrors } from './error-formatter.js';
import { refuseSubscriptions } from './only-live.js';
import { onlyQueriesByGet } from './only-queries-by-get.js';
import { checkQueryLimits } from './query-limits.js';
import { RequestContext } from './request-context.js';
import { dateTimeScalar, jsonScalar } from './scalars.js';
import { checkSource } from './source-limits.js';

/** Executions of a query before it is compiled: one that is asked once is not worth it. */
const JIT_AFTER = 2;

/** Mercurius hands them to graphql-jit; its types do not say so. */
interface CompilerOptions {
  readonly compilerOptions: { readonly disableLeafSerialization: boolean };
}

/** Queries that are kept parsed, and as many refused ones: whoever sends new ones must not fill the memory (of 1,024). */
const KEPT_QUERIES = 128;

export function graphqlOptions(options: {
  readonly schemaPath: string;
  readonly reads: Reads;
  readonly clock: Pick<HeardClock, 'now'>;
  readonly introspection: boolean;
  readonly logger: Logger;
  /** Told the code of each error that is answered. */
  readonly failed: (code: string) => void;
}): MercuriusDriverConfig & CompilerOptions {
  // One property: Mercurius spreads what this answers, and a spread object has lost its class.
  const context = () => ({ scope: new RequestContext(options.reads, options.clock) });
  return {
    typeDefs: readFileSync(options.schemaPath, 'utf8'),
    resolvers: { JSON: jsonScalar, DateTime: dateTimeScalar },
    path: '/graphql',
    additionalRouteOptions: { preHandler: onlyQueriesByGet },
    graphiql: false,
    ide: false,
    jit: JIT_AFTER,
    cache: KEPT_QUERIES,
    // Compiled code checks each leaf with a path, a place and an argument list made for the error that it may become:
    // most of what a list allocated. Texts, numbers and enums come typed from our own rows; a null is still refused, and
    // the first executions of a query, all of those in specs, check everything.
    compilerOptions: { disableLeafSerialization: true },
    allowBatchedQueries: false,
    validationRules: options.introspection ? [] : [NoSchemaIntrospectionCustomRule],
    context,
    subscription: { context },
    hooks: {
      preParsing: (_schema, source) => checkSource(source),
      preExecution: (schema, document, _context, variables) => {
        refuseSubscriptions(document);
        checkQueryLimits(schema, document, variables);
      },
      preSubscriptionParsing: (_schema, source) => checkSource(source),
      preSubscriptionExecution: (schema, document) => checkQueryLimits(schema, document, {}),
    },
    errorFormatter: execution => {
      const { statusCode, response } = formatErrors(execution, options.logger);
      for (const { extensions } of response.errors) options.failed(String(extensions?.['code']));
      return { statusCode, response: response as unknown as ExecutionResult };
    },
  };
}
