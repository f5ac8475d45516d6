import { existsSync } from 'node:fs';
import { directoryOwner, isPortFree } from '@replicante/processes';
import type { Installation } from './installation.js';
import { type StandaloneOptions, UsageError } from './options.js';

/** Refuses with a `UsageError` when somebody else has a port that clients have to know. */
export async function requirePorts(
  { httpPort, grpcPort, platformPort }: StandaloneOptions,
  { platformDir }: Installation,
): Promise<void> {
  // A platform that an earlier `kill -9` left still has its port: it is replaced.
  const platformRuns = existsSync(platformDir) && (await directoryOwner(platformDir)) !== undefined;
  for (const [port, option] of [
    [httpPort, '--http-port'],
    [grpcPort, '--grpc-port'],
    ...(platformRuns ? [] : ([[platformPort, '--platform-port']] as const)),
  ] as const)
    if (!(await isPortFree(port)))
      throw new UsageError(
        `port ${port} of 127.0.0.1 is in use: end what uses it, or choose another with ${option}`,
      );
}
