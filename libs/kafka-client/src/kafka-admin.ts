import type { Admin } from 'kafkajs';
import { pause, within } from './deadline.js';
import type { KafkaClient } from './kafka-client.js';
import { faultOf, isPassing } from './kafka-fault.js';

interface Session {
  readonly client: KafkaClient;
  readonly admin: Promise<Admin>;
}

/** A partition that was just made has no leader for some ms, and kafkajs asks again in some of its calls only. */
const ASK_AGAIN_MS = 100;
const NEVER = new AbortController().signal;

/**
 * Questions to the cluster, and changes that bear repeats, each with a deadline. What passes by itself is asked again until
 * then. A client that failed is given up, so that no call inherits its trouble.
 */
export class KafkaAdmin {
  #session: Session | undefined;

  constructor(private readonly parts: { readonly open: () => KafkaClient; readonly timeoutMs: number }) {}

  async call<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const until = performance.now() + this.parts.timeoutMs;
    for (;;) {
      this.#session ??= this.#open();
      const session = this.#session;
      const left = Math.max(1, Math.ceil(until - performance.now()));
      try {
        return await within(left, session.admin.then(work), 'Kafka');
      } catch (error) {
        const passing = isPassing(error);
        if (!passing && faultOf(error) === 'UNAVAILABLE') this.#giveUp(session);
        if (!passing || performance.now() + ASK_AGAIN_MS > until) throw error;
      }
      await pause(ASK_AGAIN_MS, NEVER);
    }
  }

  close(): void {
    if (this.#session !== undefined) this.#giveUp(this.#session);
  }

  #open(): Session {
    const client = this.parts.open();
    const admin = client.kafka.admin();
    return { client, admin: admin.connect().then(() => admin) };
  }

  #giveUp(session: Session): void {
    if (this.#session === session) this.#session = undefined;
    session.client.sever();
  }
}
