import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

/** Nest's own lines under our keys. Nest passes the context (a class name) as the last parameter, a stack before it. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    // Nest narrates each module and route at boot: of use to who debugs it, noise to everybody else.
    this.logger.debug(keys(rest), text(message));
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error(keys(rest), text(message));
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(keys(rest), text(message));
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(keys(rest), text(message));
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.trace(keys(rest), text(message));
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.logger.fatal(keys(rest), text(message));
  }
}

const text = (message: unknown): string =>
  message instanceof Error
    ? message.message
    : typeof message === 'string'
      ? message
      : (JSON.stringify(message) ?? '');

function keys(rest: readonly unknown[]): Record<string, unknown> {
  const context = rest[rest.length - 1];
  const stack = rest
    .slice(0, -1)
    .find((item): item is string => typeof item === 'string' && item.includes('\n'));
  return {
    ...(typeof context === 'string' ? { context } : {}),
    ...(stack === undefined ? {} : { error_trail: stack.split('\n') }),
  };
}
