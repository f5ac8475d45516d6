import { text } from '../measuring/figures.js';
import { startChild } from '@replicante/processes';
import { cpuSeconds, startService } from '../rig/service-process.js';
import type { CallsRequest, CallsResult } from './calls.child.js';
import { CONNECTIONS, IN_FLIGHT, SECONDS } from './mix.js';
import type { Mix } from './mix.js';

export interface CallResult extends CallsResult {
  /** CPU of the server, and of the process that calls, per call. */
  readonly cpuMicros: number;
  readonly callerMicros: number;
}

/** `command` and a server that does nothing, called alike by one process. */
export interface CallSides {
  ours(): Promise<CallResult>;
  empty(): Promise<CallResult>;
  stop(): Promise<void>;
}

/** `environment`: of `command`. A command that fails fails the round. */
export async function startCallSides(options: {
  readonly mix: Mix;
  readonly environment: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}): Promise<CallSides> {
  const { mix, environment, say } = options;
  const command = await startService('command', environment);
  const empty = startChild<object, string>(new URL('./empty.child.js', import.meta.url));
  const calls = startChild<CallsRequest, CallsResult>(new URL('./calls.child.js', import.meta.url));
  const emptyAddress = await empty.ask({});
  let round = 0;
  const side = async (name: string, pid: number, address: string, cold: readonly string[]) => {
    const before = [cpuSeconds(pid), cpuSeconds(calls.pid)] as const;
    const result = await calls.ask({
      address,
      seconds: SECONDS,
      inFlight: IN_FLIGHT,
      connections: CONNECTIONS,
      seed: round,
      hot: mix.hot,
      warm: mix.warm,
      cold,
    });
    const micros = (seconds: number) => (seconds * 1e6) / (result.perSecond * SECONDS);
    const [cpuMicros, callerMicros] = [
      micros(cpuSeconds(pid) - before[0]),
      micros(cpuSeconds(calls.pid) - before[1]),
    ];
    if (result.failed > 0) throw new Error(`${result.failed} calls of ${name} failed: ${result.failure}`);
    say(`${name} ${text(result.perSecond)}/s, p99 ${text(result.latency.p99)} ms`);
    return { ...result, cpuMicros, callerMicros };
  };
  return {
    ours: () => {
      round += 1;
      return side('command', command.process.pid, command.addresses.grpc ?? '', mix.cold(round - 1));
    },
    empty: () => side('empty call', empty.pid, emptyAddress, []),
    stop: async () => {
      await Promise.all([calls.stop(), empty.stop()]);
      await command.process.stop();
    },
  };
}
