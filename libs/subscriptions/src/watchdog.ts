import type { EventStore, Position } from '@replicante/event-store';
import { SubscriptionError } from './subscription-error.js';

export interface WatchdogOptions {
  readonly source: EventStore;
  readonly position: () => Position | undefined;
  /** Monotonic milliseconds of the last sign of life. */
  readonly lastActivity: () => number;
  readonly everyMs: number;
  readonly silentMs: number;
  /** The subscription is behind and silent. */
  readonly onSilent: () => void;
  /** The head cannot be had; the subscription itself learns of an outage. */
  readonly onHeadUnknown: (error: unknown) => void;
  /** The store went back behind what was read from it. */
  readonly onFault: (error: unknown) => void;
}

/** Looks from outside whether a subscription that says nothing has really nothing to say. Answers how to end it. */
export function startWatchdog(options: WatchdogOptions): () => void {
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      const position = options.position();
      const head = await options.source.head();
      if (position !== undefined && (head === undefined || head < position))
        return options.onFault(
          new SubscriptionError(
            'CONTROL_PLANE_RESTORED',
            `the event store ends at ${head ?? '(empty)'} and was read up to ${position}; rebuild the read models`,
          ),
        );
      const behind = head !== undefined && (position === undefined || position < head);
      if (behind && performance.now() - options.lastActivity() > options.silentMs) options.onSilent();
    } catch (error) {
      options.onHeadUnknown(error);
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), options.everyMs);
  return () => clearInterval(timer);
}
