import type { TaskQueueSettings } from './task-queue.port.js';

export interface ResolvedSettings {
  readonly maxAttempts: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  readonly visibilityMs: number;
  /** A consumer that is silent for so long loses its partitions. */
  readonly consumerTtlMs: number;
  readonly beatMs: number;
}

export const DEFAULT_PARTITIONS = 16;

export function resolveSettings(settings: TaskQueueSettings = {}): ResolvedSettings {
  const visibilityMs = settings.visibilityMs ?? 30_000;
  const consumerTtlMs = Math.min(10_000, Math.max(1_500, visibilityMs / 2));
  return {
    maxAttempts: settings.maxAttempts ?? 5,
    backoffBaseMs: settings.backoffBaseMs ?? 1_000,
    backoffMaxMs: settings.backoffMaxMs ?? 60_000,
    visibilityMs,
    consumerTtlMs,
    beatMs: consumerTtlMs / 5,
  };
}

/** `min(base * 2^(n-1), max)` plus up to a fifth, so that keys that failed together do not come back together. */
export function backoffMs(
  settings: ResolvedSettings,
  attempt: number,
  random: () => number = Math.random,
): number {
  const plain = Math.min(settings.backoffBaseMs * 2 ** (attempt - 1), settings.backoffMaxMs);
  return plain * (1 + random() / 5);
}

/**
 * A crashed consumer's task runs again: it is free after `freeAfterMs` (its visibility, or its consumer's silence where
 * the adapter looks at that), its partitions move, the next beat sees both.
 */
export const redeliveryBoundMs = (settings: ResolvedSettings, freeAfterMs: number): number =>
  Math.max(freeAfterMs, settings.consumerTtlMs) + 3 * settings.beatMs + 1_000;
