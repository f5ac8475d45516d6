import { Listener } from './listener.js';

export interface WakeUpOptions<Topic extends string> {
  readonly connectionString: string;
  readonly applicationName: string;
  readonly channel: string;
  /** What there is to tell, in words without a comma. */
  readonly topics: readonly Topic[];
  /** Notifications of one process are sent at most once in this time, after the commits that they tell of. */
  readonly debounceMs: number;
  readonly onWake: (topic: Topic) => void;
}

/**
 * One connection per process that tells others of commits and hears of theirs. Best effort in every respect: readers
 * poll as well, so nothing here is ever reported as an error.
 *
 * NOTIFY stays out of the appending transaction: it takes a lock over all databases at commit (measured 3 to 4 times
 * slower). Its own transaction need not be synced: a crash loses a wake-up only.
 */
export class WakeUps<Topic extends string> {
  readonly #listener: Listener;
  readonly #pending = new Set<Topic>();
  #debounce: NodeJS.Timeout | undefined;
  /** One at a time: a slow server must not pile them up on the connection. */
  #sending: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(private readonly options: WakeUpOptions<Topic>) {
    const { topics, onWake } = options;
    this.#listener = new Listener({
      ...options,
      onNotification: payload => {
        const told = new Set<string>(payload.split(','));
        for (const topic of topics) if (told.has(topic)) onWake(topic);
      },
      // What was committed while nobody listened.
      onListening: () => topics.forEach(topic => onWake(topic)),
    });
  }

  /** Resolves when others' commits are heard, or when the first try has failed (it is tried again). */
  async listen(): Promise<void> {
    if (!this.#closed) await this.#listener.open();
  }

  notify(topic: Topic): void {
    this.#pending.add(topic);
    this.#debounce ??= setTimeout(() => {
      this.#debounce = undefined;
      this.#sending = this.#sending.then(() => this.#send());
    }, this.options.debounceMs);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#debounce);
    this.#listener.close();
  }

  async #send(): Promise<void> {
    if (this.#closed || this.#pending.size === 0) return;
    const told = [...this.#pending].join(',');
    this.#pending.clear();
    await this.#listener.notify(told);
  }
}
