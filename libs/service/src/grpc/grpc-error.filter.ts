import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch } from '@nestjs/common';
import type { Rejection } from '@replicante/kernel';
import type { Observable } from 'rxjs';
import { throwError } from 'rxjs';
import type { Logger } from '../logger.js';
import { errorKeys } from '../logger.js';
import { toGrpcRefusal } from './grpc-rejection.js';

const isRejection = (value: unknown): value is Rejection =>
  typeof value === 'object' && value !== null && 'code' in value && 'message' in value;

/** Told apart by shape, not by class: two copies of a library must not turn a refusal into a defect. */
function rejectionOf(error: unknown): Rejection | undefined {
  if (typeof error !== 'object' || error === null || !('rejection' in error)) return undefined;
  return isRejection(error.rejection) ? error.rejection : undefined;
}

/** Coded refusals as google.rpc.Status; everything else is a defect of ours: logged whole, answered without its text. */
@Catch()
export class GrpcErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> {
    const known = rejectionOf(error);
    if (known) return throwError(() => toGrpcRefusal(known));
    const correlationId = correlationIdOf(host.switchToRpc().getData<unknown>());
    this.logger.error(
      {
        ...errorKeys(error),
        correlation_id: correlationId,
        error_stack: error instanceof Error ? error.stack : undefined,
      },
      'a call failed with a defect',
    );
    const hint = correlationId === undefined ? '' : ` (correlation id ${correlationId})`;
    return throwError(() =>
      toGrpcRefusal({ code: 'INTERNAL', message: `the service failed${hint}; its log has the trail` }),
    );
  }
}

function correlationIdOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('meta' in data)) return undefined;
  const { meta } = data;
  if (typeof meta !== 'object' || meta === null) return undefined;
  const found =
    'correlation_id' in meta ? meta.correlation_id : 'command_id' in meta ? meta.command_id : undefined;
  return typeof found === 'string' && found !== '' ? found : undefined;
}
