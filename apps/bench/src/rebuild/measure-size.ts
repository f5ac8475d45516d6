import { dropRetired, openControl, requestRebuild } from '@replicante/read-models';
import { alternate } from '../measuring/alternate.js';
import { text } from '../measuring/figures.js';
import { startChild } from '@replicante/processes';
import { startDurablePostgres } from '../rig/database.js';
import { caughtUp, rebuildSeconds } from '../rig/read-side.js';
import { cpuSeconds, startService } from '../rig/service-process.js';
import type { ServiceProcess } from '../rig/service-process.js';
import type { RawUpsertsRequest, RawUpsertsResult } from './raw-upserts.child.js';
import { gatewayAtHead, seedFleet } from './rebuilt-fleet.js';

export interface Size {
  readonly events: number;
  readonly rounds: number;
  /** A rebuild of the same that does not count goes before; without it the first one is the process' first. */
  readonly warmUp: boolean;
}

export interface Rebuilt {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

const WITHIN_MS = 900_000;

/** `turn` goes around each part that keeps the machine busy. */
export async function measureSize(
  { events: wanted, rounds, warmUp }: Size,
  say: (line: string) => void,
  turn: <R>(part: () => Promise<R>) => Promise<R> = part => part(),
) {
  const server = await startDurablePostgres();
  const raw = startChild<RawUpsertsRequest, RawUpsertsResult>(
    new URL('./raw-upserts.child.js', import.meta.url),
  );
  let projection: ServiceProcess | undefined;
  try {
    const events = await turn(() => seedFleet(server.url, wanted));
    const control = await openControl({
      connectionString: server.url,
      applicationName: 'bench',
      maxConnections: 2,
    });
    try {
      await gatewayAtHead(server.url);
      let starting: Promise<ServiceProcess> | undefined;
      const start = () => (starting ??= startService('projection', { DATABASE_URL: server.url }));
      const rebuilt = async (): Promise<Rebuilt> => {
        const before = projection ? cpuSeconds(projection.process.pid) : 0;
        const first = starting === undefined;
        const request = async () => {
          if (!first) return requestRebuild(control);
          // Not waited for: it is building before it says that it is ready.
          void start();
          return 1;
        };
        const seconds = await rebuildSeconds(server.url, request, WITHIN_MS);
        projection = await start();
        const cpu = cpuSeconds(projection.process.pid) - before;
        await caughtUp(server.url, WITHIN_MS);
        await dropRetired(control);
        return { perSecond: events / seconds, cpuMicros: (cpu * 1e6) / events };
      };
      if (warmUp) await turn(rebuilt);
      let generation = 900;
      return await alternate(
        {
          ours: async () => {
            const result = await turn(rebuilt);
            say(`${text(events)} events: ours ${text(result.perSecond)}/s`);
            return result;
          },
          raw: async () => {
            const result = await turn(() => raw.ask({ url: server.url, generation: (generation += 1) }));
            if (result.events !== events) throw new Error(`raw saw ${result.events} events of ${events}`);
            say(`${text(events)} events: raw ${text(result.perSecond)}/s, ${text(result.rows)} rows`);
            return result;
          },
        },
        { rounds },
      );
    } finally {
      await control.destroy();
      await projection?.process.stop();
    }
  } finally {
    await raw.stop();
    await server.stop();
  }
}
