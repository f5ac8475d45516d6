import { rowGroup } from './row-group.js';

const cluster = { ns_id: 'text', cluster_id: 'text' } as const;

/** Written for every event of a cluster's stream: the revision that its rows show. */
export const CLUSTER_TOUCHED = rowGroup({
  table: 'clusters',
  key: cluster,
  version: 'revision',
  values: { updated_at: 'timestamptz' },
});

export const CLUSTER_SPEC = rowGroup({
  table: 'clusters',
  key: cluster,
  version: 'spec_version',
  values: {
    spec: 'jsonb',
    synthetic: 'boolean',
    active: 'boolean',
    interval_seconds: 'integer',
    platform_ns_id: 'text',
    platform_name: 'text',
  },
});

export const CLUSTER_DISCOVERY = rowGroup({
  table: 'clusters',
  key: cluster,
  version: 'discovery_version',
  values: { discovery: 'jsonb', discovered_at: 'timestamptz' },
});

export const CLUSTER_CONVERGENCE = rowGroup({
  table: 'clusters',
  key: cluster,
  version: 'convergence_version',
  values: { convergence: 'jsonb', convergence_changed_at: 'timestamptz' },
});

export const CLUSTER_REPORT = rowGroup({
  table: 'clusters',
  key: cluster,
  version: 'report_version',
  values: { report: 'jsonb', report_recorded_at: 'timestamptz' },
});
