import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What `npm start` was asked to do. */
export interface StandaloneOptions {
  readonly task: 'run' | 'destroy';
  /** Absolute. */
  readonly dataDir: string;
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly platformPort: number;
  /** Instead of the embedded PostgreSQL: a server of the operator's, neither started nor stopped here. */
  readonly databaseUrl: string | undefined;
  /** Apply the quickstart's manifests if their objects are absent. */
  readonly quickstart: boolean;
  /** The local platform honours idempotency keys. */
  readonly idempotency: boolean;
  /** Before the first restart of a node's server or agent, of the platform or of the control database. */
  readonly restartDelayMs: number;
  /** Draw the live tree; default: when stdout is a terminal. */
  readonly tree: boolean | undefined;
  /** End once the quickstart's cluster has converged. */
  readonly exitWhenConverged: boolean;
}

/** What every launcher takes beside its data directory and the doors of its services. */
export const SHARED_OPTIONS = `  --platform-port N      the local platform on 127.0.0.1 (default 16018)
  --database-url URL     a PostgreSQL of yours instead of the embedded one; leave its password out of the command
                         line: PGPASSFILE or PGPASSWORD is read
  --empty                no quickstart: start with no objects
  --no-idempotency       the local platform ignores idempotency keys, as platforms of others do
  --restart-delay-ms N   before the first restart of what was killed (default 500; doubles up to 30 s)
  --plain                plain lines instead of the live tree
  --exit-when-converged  stop everything once the quickstart's cluster has converged
  --destroy              stop everything that this data directory started, and remove it
  --help
`;

export const USAGE = `Usage: npm start -- [options]

Replicante on one machine: all services on an embedded PostgreSQL, and a platform of local PostgreSQL nodes.

  --data-dir DIR         everything that is kept (default .replicante/)
  --http-port N          GraphQL, probes and metrics on 127.0.0.1 (default 16016)
  --grpc-port N          commands on 127.0.0.1 (default 16017)
${SHARED_OPTIONS}`;

/** A mistake of the caller, in one sentence with the fix. */
export class UsageError extends Error {}

/** Reads the command line; undefined asks for the usage text. Throws `UsageError`. */
export function readOptions(
  argv: readonly string[],
  cwd: string,
  dataDir = '.replicante',
): StandaloneOptions | undefined {
  const values = parse(argv);
  if (values.help) return undefined;
  return {
    task: values.destroy ? 'destroy' : 'run',
    dataDir: resolve(cwd, values['data-dir'] ?? dataDir),
    httpPort: port(values['http-port'] ?? '16016', '--http-port'),
    grpcPort: port(values['grpc-port'] ?? '16017', '--grpc-port'),
    platformPort: port(values['platform-port'] ?? '16018', '--platform-port'),
    databaseUrl: databaseUrl(values['database-url']),
    quickstart: !values.empty,
    idempotency: !values['no-idempotency'],
    restartDelayMs: wholeNumber(values['restart-delay-ms'] ?? '500', '--restart-delay-ms', 3_600_000),
    tree: values.plain ? false : undefined,
    exitWhenConverged: values['exit-when-converged'] ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        'data-dir': { type: 'string' },
        'http-port': { type: 'string' },
        'grpc-port': { type: 'string' },
        'platform-port': { type: 'string' },
        'database-url': { type: 'string' },
        empty: { type: 'boolean' },
        'no-idempotency': { type: 'boolean' },
        'restart-delay-ms': { type: 'string' },
        plain: { type: 'boolean' },
        'exit-when-converged': { type: 'boolean' },
        destroy: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${text}; \`npm start -- --help\` lists the options`, { cause: error });
  }
}

function wholeNumber(written: string, name: string, max: number): number {
  const value = Number(written);
  if (written.trim() !== '' && Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new UsageError(`${name} takes a whole number from 0 to ${max}, not "${written}"`);
}

/** Never repeated in the message: it may hold a password. */
function databaseUrl(written: string | undefined): string | undefined {
  if (written === undefined || /^postgres(ql)?:\/\/./.test(written)) return written;
  throw new UsageError('--database-url takes a URL that begins with postgres:// or postgresql://');
}

function port(written: string, name: string): number {
  const value = wholeNumber(written, name, 65_535);
  if (value > 0) return value;
  throw new UsageError(`${name} takes a port from 1 to 65535: clients have to know it`);
}
