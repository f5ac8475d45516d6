import { UsageError, destroy, readOptions, say } from '@replicante/app-standalone';
import { PostgresServerError } from '@replicante/postgres-server';
import { ServerError } from '@replicante/servers';
import { ConfigurationError } from '@replicante/service';
import { Roll } from './roll.js';
import { runStack } from './run-stack.js';
import { USAGE } from './usage.js';

/** Exit codes: 0 stopped as asked, 1 unexpected, 2 something that the caller has to mend. */
async function main(): Promise<void> {
  const options = readOptions(
    process.argv.slice(2),
    process.env['INIT_CWD'] ?? process.cwd(),
    '.replicante-stack',
  );
  if (!options) return void process.stdout.write(USAGE);
  if (options.task === 'destroy') return destroy(options, root => new Roll(root).clear(say));
  await runStack(options);
}

main().then(
  () => process.exit(process.exitCode ?? 0),
  (error: unknown) => {
    const mendable =
      error instanceof UsageError ||
      error instanceof PostgresServerError ||
      error instanceof ServerError ||
      error instanceof ConfigurationError;
    const described =
      error instanceof Error ? (mendable ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`replicante: ${described}\n`);
    process.exit(mendable ? 2 : 1);
  },
);
