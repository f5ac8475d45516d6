import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What the platform was asked to do. */
export interface PlatformLocalOptions {
  readonly task: 'serve' | 'stop-all' | 'destroy' | 'purge-retired';
  /** Absolute. */
  readonly dataDir: string;
  readonly port: number;
  /** The bearer token that callers of the platform give; made when absent. */
  readonly tokenFile: string;
  /** The bearer token that agents ask for; made when absent. */
  readonly agentTokenFile: string;
  /** Honour attempt ids, idempotency keys and fences; false: like platforms of others. */
  readonly idempotency: boolean;
  /** Before the first restart of a child; doubles up to 30 s. */
  readonly restartDelayMs: number;
  /** The agent's program, run with this Node and `--node-dir <dir>`. */
  readonly agentMain: string;
}

export const USAGE = `Usage: platform-local --data-dir DIR [options]

The platform protocol over processes of this machine: PostgreSQL nodes with their agents.

  --data-dir DIR           everything of this platform; made when absent
  --port N                 of 127.0.0.1 (default 16018)
  --token-file FILE        token of the platform (default DIR/platform.token, made when absent)
  --agent-token-file FILE  token of the agents (default DIR/agent.token, made when absent)
  --no-idempotency         ignore idempotency keys, attempt ids and fences, as platforms of others do
  --restart-delay-ms N     before the first restart of a node's server or agent (default 500; doubles up to 30 s)
  --agent-main FILE        program of the agent (default: agent-postgres beside this program)

  --stop-all               stop the platform, its nodes and its agents, and end
  --destroy                the same, then remove all their data
  --purge-retired          remove deprovisioned nodes whose 24 h are over
  --help
`;

/** A mistake of the caller, in one sentence. */
export class UsageError extends Error {}

/** Reads the command line; undefined asks for the usage text. Throws `UsageError`. */
export function readOptions(argv: readonly string[]): PlatformLocalOptions | undefined {
  const values = parse(argv);
  if (values.help) return undefined;
  if (!values['data-dir']) throw new UsageError('--data-dir is required');
  const dataDir = resolve(values['data-dir']);
  const tasks = (['stop-all', 'destroy', 'purge-retired'] as const).filter(task => values[task]);
  if (tasks.length > 1) throw new UsageError(`--${tasks.join(' and --')} exclude each other`);
  return {
    task: tasks[0] ?? 'serve',
    dataDir,
    port: wholeNumber(values.port ?? '16018', '--port', 65_535),
    tokenFile: resolve(values['token-file'] ?? join(dataDir, 'platform.token')),
    agentTokenFile: resolve(values['agent-token-file'] ?? join(dataDir, 'agent.token')),
    idempotency: !values['no-idempotency'],
    restartDelayMs: wholeNumber(values['restart-delay-ms'] ?? '500', '--restart-delay-ms', 3_600_000),
    agentMain: resolve(
      values['agent-main'] ?? fileURLToPath(new URL('../../agent-postgres/src/main.js', import.meta.url)),
    ),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        'data-dir': { type: 'string' },
        port: { type: 'string' },
        'token-file': { type: 'string' },
        'agent-token-file': { type: 'string' },
        'no-idempotency': { type: 'boolean' },
        'restart-delay-ms': { type: 'string' },
        'agent-main': { type: 'string' },
        'stop-all': { type: 'boolean' },
        destroy: { type: 'boolean' },
        'purge-retired': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function wholeNumber(written: string, name: string, max: number): number {
  const value = Number(written);
  if (written.trim() !== '' && Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new UsageError(`${name} takes a whole number from 0 to ${max}, not "${written}"`);
}
