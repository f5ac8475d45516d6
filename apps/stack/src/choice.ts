import { UsageError } from '@replicante/app-standalone';

/** What the stack runs on: the recommended servers, or what the environment names instead. */
export interface Choice {
  readonly adapters: Readonly<Record<'EVENT_STORE' | 'EVENT_BUS' | 'TASK_QUEUE' | 'COORDINATOR', string>>;
  /** To be started here: chosen, and no address was given. */
  readonly starts: { readonly kafka: boolean; readonly consul: boolean; readonly double: boolean };
}

/** Names that no adapter has are refused by the services themselves, with the list; `memory` is refused here. */
export function readChoice(environment: Readonly<Record<string, string | undefined>>): Choice {
  const adapters = {
    EVENT_STORE: environment['EVENT_STORE'] ?? 'eventstoredb',
    EVENT_BUS: environment['EVENT_BUS'] ?? 'kafka',
    TASK_QUEUE: environment['TASK_QUEUE'] ?? 'kafka',
    COORDINATOR: environment['COORDINATOR'] ?? 'consul',
  };
  for (const [setting, name] of Object.entries(adapters))
    if (name === 'memory')
      throw new UsageError(
        `${setting}=memory is one process' own: the stack's processes could not meet in it`,
      );
  const given = (setting: string): boolean => (environment[setting] ?? '') !== '';
  return {
    adapters,
    starts: {
      kafka: [adapters.EVENT_BUS, adapters.TASK_QUEUE].includes('kafka') && !given('KAFKA_BROKERS'),
      consul: adapters.COORDINATOR === 'consul' && !given('CONSUL_HTTP_ADDR'),
      double: adapters.EVENT_STORE === 'eventstoredb' && !given('EVENTSTOREDB_URL'),
    },
  };
}
