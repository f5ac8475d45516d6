import type { ManifestKind } from './manifest.js';

/** For specs: one `spec` per kind with every field of it written. */
export const fullSpecs: Record<ManifestKind, Record<string, unknown>> = {
  Namespace: {
    id: 'payments',
    status: 'Observed',
    tls: { ca_bundle: '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n' },
    settings: { orchestrate: { max_naction_schedule_attempts: 8 } },
    agents: { token: { fromEnv: 'AGENT_TOKEN' } },
  },
  Platform: {
    ns_id: 'payments',
    name: 'rack-a',
    active: false,
    discovery: { interval: 120 },
    url: {
      base_url: 'https://platform.rack-a.example:8443/api',
      tls_ca_bundle: null,
      tls_insecure_skip_verify: true,
      token: { fromFile: '/run/secrets/token' },
    },
  },
  ClusterSpec: {
    ns_id: 'payments',
    cluster_id: 'ledger',
    active: true,
    interval: 30,
    platform: { name: 'rack-a', ns_id: 'infra' },
    declaration: {
      active: true,
      approval: 'required',
      graces: { expand: 2, init: 10, scale_up: 15 },
      timings_seconds: { expand: 2, init: 2, scale_up: 2, stable_after: 1 },
      initialise: {
        mode: 'single-node',
        action_args: { settings: { chainingAllowed: true } },
        search: {
          matches: { node_status: 'NOT_IN_CLUSTER', zone: ['a', 'b'] },
          sort_by: ['+zone', 'node_id'],
          max_results: 1,
        },
      },
      expand: {
        mode: 'add',
        target_member: {
          matches: {
            node_status: 'HEALTHY',
            'shard.count.primary': { op: 'ne', value: 0 },
            maintenance: { op: 'not-in', values: [true] },
          },
        },
      },
      definition: {
        cluster_id: 'ledger',
        store: 'mongo',
        store_version: '6.0',
        attributes: { replica_set: 'ledger' },
        nodes: {
          voters: {
            node_class: 'mongo-large',
            desired_count: 3,
            attributes: { zone: 'a' },
            store_version: '6.1',
          },
        },
      },
    },
  },
  NAction: {
    ns_id: 'payments',
    cluster_id: 'ledger',
    node_id: 'ledger 0',
    action_id: '0B8E1D7C-6a54-4f5e-9a1c-6f0b7f9f6f10',
    kind: 'agent.replicante.io/test.loop',
    args: { target: 4 },
    approval: 'required',
    metadata: { ticket: 'OPS-17' },
  },
  OAction: {
    ns_id: 'payments',
    cluster_id: 'ledger',
    action_id: '0b8e1d7c-6a54-4f5e-9a1c-6f0b7f9f6f10',
    kind: 'core.replicante.io/platform.provision',
    args: { request: { count: 1, node_group_id: 'voters' }, stable_after: 120 },
    approval: 'required',
    metadata: {},
    timeout: { secs: 1800, nanos: 5 },
  },
};
