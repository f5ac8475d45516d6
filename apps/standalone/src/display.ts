import { parsedJson } from '@replicante/kernel';
import type { QueryClient } from '@replicante/app-replictl';
import type { Ports } from '@replicante/service';
import { QUICKSTART_CLUSTER } from './convergence.js';
import { say } from './say.js';
import { TopologyScreen } from './topology-screen.js';
import { narrate } from './transcript.js';

/** What a person sees while the suite runs: plain lines, or the live tree with the newest lines below it. */
export interface Display {
  line(text: string): void;
  /** As `line`, and kept in sight on a terminal. */
  pin(text: string): void;
  close(): Promise<void>;
}

const TOPICS = ['replicante.cluster', 'replicante.platform'];

/** Follows the topics from now on, as any subscriber does. */
export async function openDisplay(
  bus: Ports['eventBus'],
  query: QueryClient,
  tree: boolean,
  started: number,
  stopping: AbortSignal,
): Promise<Display> {
  const screen = tree ? new TopologyScreen(query, QUICKSTART_CLUSTER, process.stdout, stopping) : undefined;
  const line = (text: string): void => {
    const stamped = `${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`;
    if (screen) screen.line(stamped);
    else say(stamped);
  };
  const subscription = await bus.subscribe({
    topics: TOPICS,
    from: 'latest',
    handler: records => {
      for (const { value } of records) {
        const told = value === null ? undefined : tell(value);
        if (told !== undefined) line(told);
      }
      return Promise.resolve();
    },
  });
  await subscription.ready;
  screen?.start();
  return {
    line,
    pin: text => (screen ? screen.pin(text) : line(text)),
    close: async () => {
      screen?.stop();
      await subscription.close();
    },
  };
}

function tell(value: string): string | undefined {
  // Anyone may write to a topic, and the picture goes on.
  const event = parsedJson(value);
  if (typeof event !== 'object' || event === null || !('type' in event) || !('data' in event))
    return undefined;
  const { type, data } = event;
  if (typeof type !== 'string' || typeof data !== 'object' || data === null) return undefined;
  return narrate(type, { ...data });
}
