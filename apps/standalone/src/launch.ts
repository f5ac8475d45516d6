import { PostgresServerError } from '@replicante/postgres-server';
import { UsageError } from './options.js';

/**
 * Runs a launcher as this process. Exit codes: 0 stopped as asked, 1 unexpected, 2 something that the caller has to mend,
 * which is said in one sentence. `isMendable` adds the launcher's own to those that all have.
 */
export function launch(
  main: () => Promise<void>,
  isMendable: (error: unknown) => boolean = () => false,
): void {
  main().then(
    () => process.exit(process.exitCode ?? 0),
    (error: unknown) => {
      const mendable =
        error instanceof UsageError ||
        error instanceof PostgresServerError ||
        isOfConfiguration(error) ||
        isMendable(error);
      const described =
        error instanceof Error ? (mendable ? error.message : (error.stack ?? error.message)) : String(error);
      process.stderr.write(`replicante: ${described}\n`);
      process.exit(mendable ? 2 : 1);
    },
  );
}

/** By its code: the class would load all services before the first word. */
function isOfConfiguration(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'CONFIGURATION_INVALID';
}
