import { Pool } from 'undici';
import { latencyOf } from '../measuring/figures.js';
import type { Latency } from '../measuring/figures.js';
import { answerParent } from '@replicante/processes';

export interface HttpLoadRequest {
  /** `http://host:port`. */
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly body?: string;
  readonly inFlight: number;
  readonly seconds: number;
  /** Text that every answer must hold. */
  readonly expect: string;
}

export interface HttpLoadResult {
  readonly perSecond: number;
  readonly latency: Latency;
  /** Of one answer. */
  readonly bytes: number;
}

/** A closed loop of warm keep-alive connections. */
async function run(request: HttpLoadRequest): Promise<HttpLoadResult> {
  const pool = new Pool(request.origin, { connections: request.inFlight });
  const latencies: number[] = [];
  let bytes = 0;
  const began = performance.now();
  const end = began + request.seconds * 1_000;
  const caller = async (): Promise<void> => {
    while (performance.now() < end) {
      const sent = performance.now();
      const response = await pool.request({
        path: request.path,
        method: request.method,
        headers: { 'content-type': 'application/json' },
        body: request.body ?? null,
      });
      const text = await response.body.text();
      if (response.statusCode !== 200 || !text.includes(request.expect))
        throw new Error(`${response.statusCode}: ${text.slice(0, 300)}`);
      bytes = text.length;
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: request.inFlight }, caller));
  const seconds = (performance.now() - began) / 1_000;
  await pool.close();
  return { perSecond: latencies.length / seconds, latency: latencyOf(latencies), bytes };
}

answerParent(run);
