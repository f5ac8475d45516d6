import { parsedJson } from '@replicante/kernel';
import { CYCLE_SAMPLE_TYPE, TOPICS } from '@replicante/contracts';
import type { CycleSample } from '@replicante/domain';
import type { EventBus, ReceivedRecord } from '@replicante/event-bus';
import type { Logger } from '@replicante/service';
import { errorKeys } from '@replicante/service';

export interface SampleConsumerOptions {
  readonly bus: EventBus;
  /** One per generation: a new one reads the compacted topic from its beginning. */
  readonly group: string;
  readonly put: (samples: readonly CycleSample[]) => Promise<void>;
  /** The error says that the sample itself cannot be kept. */
  readonly isRefusal: (error: unknown) => boolean;
  readonly count: (result: 'kept' | 'refused', samples: number) => void;
  readonly logger: Logger;
}

/** Keeps the newest sample of each cluster, until the signal aborts. Malformed ones are counted and passed. */
export async function consumeSamples(given: SampleConsumerOptions, signal: AbortSignal): Promise<void> {
  const { bus, group, logger } = given;
  const options = { ...given, malformed: new Malformed(logger) };
  const subscription = await bus.subscribe({
    group,
    topics: [TOPICS.samples],
    from: 'earliest',
    handler: records => keep(records, options),
    onError: error => logger.warn({ group, ...errorKeys(error) }, 'the bus failed; it recovers by itself'),
  });
  if (!signal.aborted)
    await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
  await subscription.close();
}

/** Said once: whoever writes there by mistake writes often, and the counter has how often. */
class Malformed {
  #told = false;

  constructor(private readonly logger: Logger) {}

  tell({ topic, key, offset }: ReceivedRecord): void {
    if (!this.#told) this.logger.warn({ topic, key, offset }, 'malformed samples are counted and passed');
    this.#told = true;
  }
}

type KeepOptions = SampleConsumerOptions & { readonly malformed: Malformed };

async function keep(records: readonly ReceivedRecord[], options: KeepOptions): Promise<void> {
  const { put, isRefusal, count, malformed, logger } = options;
  const samples = records.flatMap(record => {
    const sample = decodeSample(record.value);
    if (sample) return [sample];
    // A tombstone says that the cluster has no sample any more; the row goes with its cluster.
    if (record.value === null) return [];
    count('refused', 1);
    malformed.tell(record);
    return [];
  });
  try {
    await put(samples);
    count('kept', samples.length);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const [only, ...rest] = samples;
    if (only && rest.length === 0) {
      count('refused', 1);
      logger.warn(
        { ns_id: only.ns_id, cluster_id: only.cluster_id, ...errorKeys(error) },
        'a sample was refused',
      );
      return;
    }
    for (const record of records) await keep([record], options);
  }
}

/** Tolerant: what else stands in it is nobody's business; what rows are keyed and ordered by must be there. */
function decodeSample(value: string | null): CycleSample | undefined {
  if (value === null) return undefined;
  const event = parsedJson(value);
  if (!isObject(event) || event['type'] !== CYCLE_SAMPLE_TYPE || !isObject(event['data'])) return undefined;
  const { ns_id, cluster_id, revision, completed_at, nodes } = event['data'];
  const fits =
    typeof ns_id === 'string' &&
    typeof cluster_id === 'string' &&
    Number.isSafeInteger(revision) &&
    typeof completed_at === 'string' &&
    Array.isArray(nodes);
  return fits ? (event['data'] as unknown as CycleSample) : undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
