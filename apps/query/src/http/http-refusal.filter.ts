import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { Catch, NotFoundException } from '@nestjs/common';
import type { ErrorCode } from '@replicante/kernel';
import { PROBE_PATHS } from '@replicante/service';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What plain HTTP answers to what it does not serve. GraphQL has errors of its own. */
export interface HttpRefusal {
  readonly code: ErrorCode;
  readonly message: string;
}

export const httpRefusal = (code: ErrorCode, message: string): HttpRefusal => ({ code, message });

const METHODS: ReadonlyMap<string, string> = new Map([
  ['/graphql', 'GET, POST'],
  ...PROBE_PATHS.map(path => [path, 'GET'] as const),
]);

/** No route: 404, or 405 where the path is served by other methods. */
@Catch(NotFoundException)
export class HttpRefusalFilter implements ExceptionFilter {
  catch(_error: NotFoundException, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = METHODS.get(path);
    if (allowed === undefined)
      void reply.code(404).send(httpRefusal('NOT_FOUND', `nothing at ${path}; GraphQL is at /graphql`));
    else
      void reply
        .code(405)
        .header('allow', allowed)
        .send(httpRefusal('INVALID_REQUEST', `${path} takes ${allowed}, not ${request.method}`));
  }
}
