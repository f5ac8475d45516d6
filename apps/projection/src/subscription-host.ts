import type { Logger, ServiceSession } from '@replicante/service';
import { LeasedWork } from '@replicante/service';
import type { SubscriptionState } from '@replicante/subscriptions';
import type { Hosted } from './metrics.js';

interface Entry extends Hosted {
  readonly work: LeasedWork;
  readonly close: () => Promise<void>;
}

export interface HostedWork {
  readonly name: string;
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly state?: () => SubscriptionState;
  /** After it was stopped. */
  readonly close?: () => Promise<void>;
}

/** The subscriptions of this process, each under its own lease. */
export class SubscriptionHost {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly session: ServiceSession,
    private readonly logger: Logger,
  ) {}

  hosts(name: string): boolean {
    return this.#entries.has(name);
  }

  list(): readonly Hosted[] {
    return [...this.#entries.values()];
  }

  add({ name, run, state, close }: HostedWork): void {
    const work = new LeasedWork({
      lease: `subscription:${name}`,
      session: this.session,
      work: run,
      logger: this.logger,
    });
    this.#entries.set(name, {
      name,
      work,
      close: close ?? (() => Promise.resolve()),
      get leading() {
        return work.leading;
      },
      ...(state && { state }),
    });
    work.start();
  }

  async remove(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    this.#entries.delete(name);
    await entry?.work.stop();
    await entry?.close();
  }

  /** What works share is closed when none of them works any more. */
  async stop(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(entry => entry.work.stop()));
    await Promise.all(entries.map(entry => entry.close()));
  }

  /** Throws a sentence when a subscription that this instance runs cannot go on. */
  check(): void {
    for (const { name, state, leading } of this.#entries.values()) {
      const now = leading ? state?.() : undefined;
      if (now && ['stopped', 'CONTROL_PLANE_RESTORED', 'waiting'].includes(now.phase))
        throw new Error(`${name} is ${now.phase}: ${now.message ?? 'no reason given'}`);
    }
  }
}
