import type { Probes } from './probes.js';

export interface ProbeAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export const PROBE_PATHS = ['/livez', '/readyz', '/metrics'] as const;
export type ProbePath = (typeof PROBE_PATHS)[number];

export const isProbePath = (path: string): path is ProbePath =>
  (PROBE_PATHS as readonly string[]).includes(path);

/** The same answers on a service's own probe port and on the query server's HTTP port. */
export async function answerProbe(probes: Probes, path: ProbePath): Promise<ProbeAnswer> {
  if (path === '/metrics')
    return { status: 200, contentType: probes.metrics.contentType, body: await probes.metrics.metrics() };
  const state =
    path === '/livez'
      ? await probes.liveness().then(({ live, checks }) => ({ ok: live, checks }))
      : await probes.readiness().then(({ ready, checks }) => ({ ok: ready, checks }));
  return {
    status: state.ok ? 200 : 503,
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify(state),
  };
}
