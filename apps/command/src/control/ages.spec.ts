import { describe, expect, it } from '@jest/globals';
import type { ClusterCommand, PlatformCommand } from '@replicante/domain';
import { olderCluster, olderPlatform } from './ages.js';

const submit: ClusterCommand = {
  type: 'SubmitObservation',
  data: {
    ns_id: 'default',
    cluster_id: 'pg',
    act_within_ms: 100,
    observation: { cycle_id: 'c', observer: 'w', spec_revision: 1, cycle_age_ms: 7, nodes: [] },
  },
};

describe('what a command waited here', () => {
  it('is added to the ages of what was seen, and taken off the time to act, in whole milliseconds', () => {
    expect(olderCluster(submit, 30.4)).toMatchObject({
      data: { act_within_ms: 70, observation: { cycle_age_ms: 37 } },
    });
    const discovery: PlatformCommand = {
      type: 'SubmitDiscovery',
      data: {
        ns_id: 'default',
        name: 'local',
        observation: {
          discovery_id: 'd',
          observer: 'w',
          age_ms: 5,
          idempotency_keys: false,
          answer: { ok: true, value: [] },
          unreadable: [],
        },
      },
    };
    expect(olderPlatform(discovery, 10.6)).toMatchObject({ data: { observation: { age_ms: 16 } } });
  });

  it('never leaves a negative time to act, and changes no other command', () => {
    expect(olderCluster(submit, 500)).toMatchObject({ data: { act_within_ms: 0 } });
    const other: ClusterCommand = { type: 'RequestCycle', data: { ns_id: 'default', cluster_id: 'pg' } };
    expect(olderCluster(other, 500)).toBe(other);
  });
});
