import { ConfigurationError } from './configuration-error.js';
import { readConfiguration } from './configuration.js';
import { createLogger, errorKeys } from './logger.js';
import type { Logger } from './logger.js';
import type { ServiceName } from './service-name.js';
import type { RunningService, StartService } from './service-options.js';

/** 0 stopped as asked; 1 failed; 2 the configuration is wrong. */
type ExitCode = 0 | 1 | 2;

/**
 * Runs one service as this process until SIGTERM or SIGINT. When it serves, one line stands on stdout for who started
 * it: `{"event":"ready","service":…,"instance":…,"addresses":{…}}`. A second signal ends at once.
 */
export async function runAsProcess(name: ServiceName, start: StartService): Promise<void> {
  let logger: Logger | undefined;
  let service: RunningService | undefined;
  const ended = new Promise<ExitCode>(resolve => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(1);
      asked = true;
      logger?.info({ signal }, 'stopping');
      resolve(0);
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
    const onDefect = (error: unknown): void => {
      (logger ?? fallbackLogger(name)).fatal(errorKeys(error), 'a defect: the process ends');
      resolve(1);
    };
    process.on('unhandledRejection', onDefect).on('uncaughtException', onDefect);
  });
  try {
    logger = createLogger(readConfiguration({ environment: process.env }, name));
    const starting = start({ environment: process.env });
    service = await Promise.race([starting, ended.then(() => undefined)]);
    if (service === undefined) {
      // Asked to stop while booting: what the boot goes on to open would outlive the stop, so the process ends here.
      process.exit(await ended);
    }
    process.stdout.write(
      `${JSON.stringify({ event: 'ready', service: name, instance: service.instance, addresses: service.addresses })}\n`,
    );
  } catch (error) {
    process.exit(report(name, logger, error));
  }
  const failed = service.failed.then((error): ExitCode => {
    logger?.fatal(errorKeys(error), 'the service cannot go on');
    return 1;
  });
  const code = await Promise.race([ended, failed]);
  await service.stop();
  process.exit(code);
}

const fallbackLogger = (name: ServiceName): Logger =>
  createLogger({ service: name, instance: `${name}.${process.pid}`, logLevel: 'info' });

function report(name: ServiceName, logger: Logger | undefined, error: unknown): ExitCode {
  if (error instanceof ConfigurationError) {
    process.stderr.write(`${name}: ${error.code}\n${error.faults.map(fault => `  - ${fault}\n`).join('')}`);
    return 2;
  }
  (logger ?? fallbackLogger(name)).fatal(errorKeys(error), 'the service could not start');
  return 1;
}
