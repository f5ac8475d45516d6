import type { LeaseClaim } from '@replicante/kernel';
import { given } from '../given.fixture.js';
import type { Namespace } from '../model/namespace.js';
import type { Answer, ObservedCluster } from '../model/observation.js';
import type { Platform } from '../model/platform.js';
import type { NamespaceState } from '../namespace/state.js';
import type { PlatformCommand } from './commands.js';
import { platformDecider } from './decide.js';
import type { PlatformEvent } from './events.js';

export const ids = { ns_id: 'ns', name: 'local' } as const;

export const inNamespace = (status: Namespace['status']): NamespaceState => ({
  status: 'known',
  namespace: {
    id: 'ns',
    status,
    tls: { ca_bundle: null },
    settings: { orchestrate: { max_naction_schedule_attempts: 5 } },
    agents: { token: null },
  },
});

export const platformOf = (active = true, interval = 10): Platform => ({
  ...ids,
  active,
  discovery: { interval },
  url: {
    base_url: 'https://platform/',
    tls_ca_bundle: 'PEM',
    tls_insecure_skip_verify: false,
    token: { fromEnv: 'PLATFORM_TOKEN' },
  },
});

export const lease = (token = 1, holder = 'a', epoch = 1): LeaseClaim => ({
  work: 'discovery:local',
  epoch,
  token,
  holder,
});

export const applied = (active = true): PlatformEvent => ({
  type: 'platform.PlatformApplied.v1',
  data: { platform: platformOf(active) },
});
export const leaseTaken = (claim = lease()): PlatformEvent => ({
  type: 'platform.LeaseTaken.v1',
  data: { ...ids, lease: claim },
});

/** `clusterOf('c', 3)` has nodes n1 to n3; a list names them. */
export const clusterOf = (cluster_id: string, nodes: number | readonly string[]): ObservedCluster => ({
  cluster_id,
  nodes: (typeof nodes === 'number' ? Array.from({ length: nodes }, (_, i) => `n${i + 1}`) : nodes).map(
    node_id => ({ node_id, agent_address: `http://${node_id}`, node_class: 'small', node_group: 'main' }),
  ),
});

export const shown = (...clusters: readonly ObservedCluster[]): PlatformEvent => ({
  type: 'platform.PlatformViewChanged.v1',
  data: {
    ...ids,
    clusters,
    rejected_cluster_ids: [],
    idempotency_keys: false,
    accepted_by_operator: false,
  },
});

export const submit = (
  answer: Answer<readonly ObservedCluster[]> | readonly ObservedCluster[],
  idempotency_keys = false,
  unreadable: readonly (string | null)[] = [],
): PlatformCommand => ({
  type: 'SubmitDiscovery',
  data: {
    ...ids,
    observation: {
      discovery_id: 'd',
      observer: 'worker',
      age_ms: 1,
      idempotency_keys,
      answer: 'ok' in answer ? answer : { ok: true, value: answer },
      unreadable,
    },
  },
});

export const failing = (kind: 'unreachable' | 'timeout' | 'refused' | 'invalid' | 'not_polled') =>
  submit({ ok: false, kind, error: { error_msg: kind } });

export const givenPlatform = given(platformDecider, { namespace: inNamespace('Active') });
/** A platform that shows these clusters, discovered under `lease()`. */
export const givenShown = (...clusters: readonly ObservedCluster[]) =>
  givenPlatform(applied(), leaseTaken(), shown(...clusters));
