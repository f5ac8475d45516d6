import { join } from 'node:path';
import { type KeepUpOptions, keepUp } from '@replicante/app-standalone';
import { type DetachedProcess, spawnDetached, stop } from '@replicante/processes';
import type { Member } from './members.js';
import type { Roll } from './roll.js';

export interface ServicesOptions extends KeepUpOptions {
  readonly members: readonly Member[];
  /** Of every service, beside those of its own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly roll: Roll;
}

/** Longer than a service's own `SHUTDOWN_WITHIN_MS`. */
const STOP_WITHIN_MS = 15_000;

/** Each service as a process of its own, started again when it ends, ended in the reverse order of their start. */
export async function startMembers(options: ServicesOptions): Promise<void> {
  const { members, installation, ends, roll } = options;
  const running = new Map<string, DetachedProcess>();
  const start = async (member: Member): Promise<DetachedProcess> => {
    const log = join(installation.logs, `${member.name}.log`);
    const started = await spawnDetached({
      command: process.execPath,
      args: [member.main],
      env: { ...process.env, ...options.environment, ...member.environment },
      logFile: log,
    });
    running.set(member.name, started);
    const { name, probes: address, serves } = member;
    await roll.enter({
      ...{ name, pid: started.identity.pid, address, log },
      ...(serves !== undefined && { serves }),
    });
    return started;
  };
  ends.add('the services', async () => {
    // All at once: they need each other for nothing while they end.
    await Promise.all(
      [...running.values()].map(({ identity }) => stop(identity, { graceMs: STOP_WITHIN_MS })),
    );
  });
  for (const member of members) {
    const first = await start(member);
    keepUp(options, {
      name: member.name,
      first: { ended: first.exited },
      start: async () => ({ ended: (await start(member)).exited }),
    });
  }
}
