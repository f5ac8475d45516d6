import { setTimeout as delay } from 'node:timers/promises';
import { type BackOff, type ProcessIdentity, isAlive, messageOf } from '@replicante/processes';
import type { EventLog } from './event-log.js';

/** A process that should run whenever it may. */
export interface Kept {
  /** For the log: `agent` or `postgres`. */
  readonly name: string;
  /** The one that runs already, whoever started it. */
  find(): Promise<ProcessIdentity | undefined>;
  /** Whether it may be started now; asked again and again. */
  mayStart(): Promise<boolean>;
  start(): Promise<ProcessIdentity>;
}

/** How soon a new data directory is started and an ended process is noticed. */
const LOOK_EVERY_MS = 150;

/** Keeps one process running: adopts it, starts it, and starts it again with back-off. Stopping the keeper stops nothing. */
export class Keeper {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(
    private readonly kept: Kept,
    private readonly backOff: BackOff,
    private readonly log: EventLog,
  ) {
    this.#done = this.#keep();
  }

  /** Looks after it no longer; when this resolves, nothing is started any more. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #keep(): Promise<void> {
    const { name } = this.kept;
    let failure: string | undefined;
    while (!this.#stop.signal.aborted) {
      const begun = performance.now();
      try {
        const identity = (await this.#adopt()) ?? (await this.#start());
        if (!identity) {
          await this.#pause(LOOK_EVERY_MS);
          continue;
        }
        failure = undefined;
        while (isAlive(identity) && !this.#stop.signal.aborted) await this.#pause(LOOK_EVERY_MS);
        if (this.#stop.signal.aborted) return;
        this.log(`${name}-ended`, { pid: identity.pid });
      } catch (error) {
        if (failure !== messageOf(error)) this.log(`${name}-failed`, { error: messageOf(error) }); // once per reason
        failure = messageOf(error);
      }
      await this.#pause(this.backOff.after(performance.now() - begun));
    }
  }

  async #adopt(): Promise<ProcessIdentity | undefined> {
    const identity = await this.kept.find();
    if (identity) this.log(`${this.kept.name}-adopted`, { pid: identity.pid });
    return identity;
  }

  async #start(): Promise<ProcessIdentity | undefined> {
    if (!(await this.kept.mayStart()) || this.#stop.signal.aborted) return undefined;
    const identity = await this.kept.start();
    this.log(`${this.kept.name}-started`, { pid: identity.pid });
    return identity;
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stop.signal }).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) throw error; // stopped: the loop ends at its next look
    });
  }
}
