import type { Admin } from 'kafkajs';
import { within } from './deadline.js';
import type { KafkaClient } from './kafka-client.js';
import { faultOf } from './kafka-fault.js';

interface Session {
  readonly client: KafkaClient;
  readonly admin: Promise<Admin>;
}

/** Questions to the cluster, each with a deadline. A client that failed is given up, so that no call inherits its trouble. */
export class KafkaAdmin {
  #session: Session | undefined;

  constructor(private readonly parts: { readonly open: () => KafkaClient; readonly timeoutMs: number }) {}

  async call<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    this.#session ??= this.#open();
    const session = this.#session;
    try {
      return await within(this.parts.timeoutMs, session.admin.then(work), 'Kafka');
    } catch (error) {
      if (faultOf(error) === 'UNAVAILABLE') this.#giveUp(session);
      throw error;
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
