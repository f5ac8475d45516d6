import type { RunningService } from '@replicante/service';
import { answerProbe, isProbePath, PROBE_PATHS, type ProbeAnswer, type Probes } from '@replicante/service';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { httpRefusal } from './http-refusal.filter.js';

/** /livez, /readyz and /metrics of this service, and those of the services that the same process hosts. */
export function addProbeRoutes(
  server: FastifyInstance,
  own: Probes,
  hosted: () => readonly RunningService[],
): void {
  for (const path of PROBE_PATHS)
    server.get(path, async (_request, reply) => send(reply, await answerProbe(own, path)));
  server.get<{ Params: { name: string; probe: string } }>(
    '/services/:name/:probe',
    async (request, reply) => {
      const { name, probe } = request.params;
      const path = `/${probe}`;
      const service = hosted().find(s => s.name === name);
      if (!service || !isProbePath(path)) {
        const known = hosted().map(s => s.name);
        return reply
          .code(404)
          .send(
            httpRefusal('NOT_FOUND', `no probe of that name; services here: ${known.join(', ') || 'none'}`),
          );
      }
      return send(reply, await answerProbe(service.probes, path));
    },
  );
}

const send = (reply: FastifyReply, { status, contentType, body }: ProbeAnswer): FastifyReply =>
  reply.code(status).header('content-type', contentType).header('cache-control', 'no-store').send(body);
