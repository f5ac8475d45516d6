export type Unit = 'seconds' | 'milliseconds' | { readonly unit: string };

export interface Measure {
  readonly unit: Unit;
  readonly value: number;
}

export type ShardRole = 'Primary' | 'Secondary' | 'Recovering' | { readonly Other: string };

/** domain-reference §2.7. `fresh: false`: the last attempt to read shards failed, this is the last known value. */
export interface Shard {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly node_id: string;
  readonly shard_id: string;
  readonly commit_offset: Measure | null;
  readonly fresh: boolean;
  readonly lag: Measure | null;
  readonly role: ShardRole;
}
