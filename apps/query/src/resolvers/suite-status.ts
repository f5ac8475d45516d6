import type { Coordinator, LeaseView, Member } from '@replicante/coordinator';
import type { EventStore } from '@replicante/event-store';
import type { ReadModels, SubscriptionRow } from '@replicante/read-models';
import type { Logger } from '@replicante/service';
import { errorKeys, SERVICES_GROUP } from '@replicante/service';
import type { QueueStatistics, TaskQueue } from '@replicante/task-queue';

export interface SuiteStatusOptions {
  readonly readModels: ReadModels;
  readonly store: EventStore;
  readonly coordinator: Coordinator;
  readonly queue: TaskQueue;
  readonly logger: Logger;
}

/** How the suite does. What does not answer is null: status is what one looks at when something is down. */
export class SuiteStatus {
  constructor(private readonly options: SuiteStatusOptions) {}

  async read() {
    const { readModels, store, coordinator, queue } = this.options;
    const [rows, read, head, leases, members, statistics] = await Promise.all([
      readModels.subscriptions(),
      this.#ask('read models', () => readModels.subscription()),
      this.#ask('event store', () => store.head()),
      this.#ask('coordinator', () => coordinator.leases()),
      this.#ask('coordinator', () => coordinator.members(SERVICES_GROUP)),
      this.#ask('task queue', () => queue.statistics()),
    ]);
    const subscriptions = await Promise.all(rows.map(row => this.#subscription(row, head ?? null, leases)));
    return {
      readModel: subscriptions.find(s => s.name === read) ?? nothingToRead(head ?? null),
      subscriptions,
      leases: leases?.map(leaseObject).sort(by(lease => lease.key)) ?? null,
      members: members?.map(memberObject).sort(by(member => member.name)) ?? null,
      queue: statistics ? queueObject(statistics) : null,
      head: head ?? null,
    };
  }

  async #subscription(row: SubscriptionRow, head: string | null, leases: readonly LeaseView[] | undefined) {
    const held = leases?.some(lease => lease.key === `subscription:${row.name}`) ?? true;
    const refused = row.phase === 'CONTROL_PLANE_RESTORED';
    return {
      name: row.name,
      state: held || refused ? row.phase : 'not_running',
      position: row.position,
      head,
      lag: refused
        ? null
        : await this.#ask('event store', () => this.options.store.countAfter(row.position ?? undefined)),
      message: row.message,
      updatedAt: row.updated_at,
      deadLetters: row.dead_letters,
    };
  }

  async #ask<T>(what: string, question: () => Promise<T>): Promise<T | undefined> {
    try {
      return await question();
    } catch (error) {
      this.options.logger.warn({ asked: what, ...errorKeys(error) }, 'status: no answer');
      return undefined;
    }
  }
}

/** As people count: partition:2 before partition:10. */
const by =
  <T>(name: (of: T) => string) =>
  (a: T, b: T): number =>
    name(a).localeCompare(name(b), 'en', { numeric: true });

const nothingToRead = (head: string | null) => ({
  name: 'read-models',
  state: 'rebuilding',
  position: null,
  head,
  lag: null,
  message: 'the read models are being built and cannot be read yet',
  updatedAt: null,
  deadLetters: 0,
});

const leaseObject = ({ key, holder, holderName, epoch, token }: LeaseView) => ({
  key,
  holder,
  holderName,
  epoch,
  token: String(token),
});

const memberObject = ({ sessionId, name, attributes }: Member) => ({
  sessionId,
  service: attributes['service'] ?? name,
  name,
  attributes,
});

const queueObject = ({
  ended: { dead_lettered: deadLettered, ...ended },
  ...statistics
}: QueueStatistics) => ({
  ...statistics,
  ended: { ...ended, deadLettered },
});
