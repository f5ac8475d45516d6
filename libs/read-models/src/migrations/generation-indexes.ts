/** An index of a whole generation, or the key of a table that is only ever inserted into. */
export interface GenerationIndex {
  /** Its name tells whether it is there already. */
  readonly name: string;
  readonly statement: string;
}

const key = (table: string, columns: string): GenerationIndex => ({
  name: `${table}_pkey`,
  statement: `ALTER TABLE ${table} ADD CONSTRAINT ${table}_pkey PRIMARY KEY (${columns})`,
});

const index = (name: string, table: string, columns: string): GenerationIndex => ({
  name,
  statement: `CREATE INDEX ${name} ON ${table} (${columns})`,
});

/**
 * What a rebuild makes when its rows are in: kept row by row it costs more the more rows there are (each insert another
 * page of each index), built at once it is one sort.
 */
export const GENERATION_INDEXES: readonly GenerationIndex[] = [
  key('events', 'position'),
  key('decision_history', 'ns_id, cluster_id, revision'),
  index('actions_newest_first', 'actions', 'created_at, ns_id, cluster_id, action_id'),
  index('actions_of_cluster', 'actions', 'ns_id, cluster_id, created_at, action_id'),
  index('events_of_cluster', 'events', 'ns_id, cluster_id, revision'),
  index('events_by_id', 'events', 'event_id'),
  index('events_by_correlation', 'events', 'correlation_id'),
  index('events_by_causation', 'events', 'causation_id'),
];
