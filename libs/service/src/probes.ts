import { Registry, collectDefaultMetrics } from 'prom-client';

/** Throws a sentence that says what is missing. */
export type Check = () => Promise<void> | void;

export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly message?: string;
}

/** A check that hangs is a check that fails: the probe itself must answer. */
const CHECK_WITHIN_MS = 2_000;

/**
 * What a service says about itself. Liveness (restart me) ≠ readiness (send me work) ≠ leadership (architecture.md §7).
 * One metrics registry per service, so that five services in one process stay apart.
 */
export class Probes {
  readonly metrics = new Registry();
  readonly #readiness = new Map<string, Check>();
  readonly #liveness = new Map<string, Check>();
  #stopping = false;

  constructor(
    labels: { readonly service: string; readonly instance: string },
    options: { readonly process: boolean },
  ) {
    this.metrics.setDefaultLabels({ ...labels });
    if (options.process) collectDefaultMetrics({ register: this.metrics });
  }

  addReadiness(name: string, check: Check): void {
    this.#readiness.set(name, check);
  }

  addLiveness(name: string, check: Check): void {
    this.#liveness.set(name, check);
  }

  /** From now on not ready: who balances load sends nothing more. */
  stopping(): void {
    this.#stopping = true;
  }

  async readiness(): Promise<{ readonly ready: boolean; readonly checks: readonly CheckResult[] }> {
    const checks = await runAll(this.#readiness);
    if (this.#stopping) checks.push({ name: 'shutdown', ok: false, message: 'the service is stopping' });
    return { ready: checks.every(check => check.ok), checks };
  }

  async liveness(): Promise<{ readonly live: boolean; readonly checks: readonly CheckResult[] }> {
    const checks = await runAll(this.#liveness);
    return { live: checks.every(check => check.ok), checks };
  }
}

const runAll = (checks: ReadonlyMap<string, Check>): Promise<CheckResult[]> =>
  Promise.all([...checks].map(([name, check]) => run(name, check)));

async function run(name: string, check: Check): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`did not answer within ${CHECK_WITHIN_MS} ms`)),
      CHECK_WITHIN_MS,
    );
  });
  try {
    await Promise.race([Promise.resolve().then(check), tooLate]);
    return { name, ok: true };
  } catch (error) {
    return { name, ok: false, message: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
