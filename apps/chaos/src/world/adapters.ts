/** What each port of the suite is bound to. */
export interface Adapters {
  readonly EVENT_STORE: 'postgres' | 'eventstoredb';
  readonly EVENT_BUS: 'postgres' | 'kafka';
  readonly TASK_QUEUE: 'postgres' | 'kafka';
  readonly COORDINATOR: 'postgres' | 'consul';
}

export const EMBEDDED: Adapters = {
  EVENT_STORE: 'postgres',
  EVENT_BUS: 'postgres',
  TASK_QUEUE: 'postgres',
  COORDINATOR: 'postgres',
};

/** Servers beside PostgreSQL, which keeps the read models in every mix. */
export const SERVERS = ['eventstoredb', 'kafka', 'consul'] as const;
export type ServerName = (typeof SERVERS)[number];

export const serversOf = (adapters: Adapters): readonly ServerName[] => {
  const named = new Set<string>(Object.values(adapters));
  return SERVERS.filter(name => named.has(name));
};
