import { describe, expect, it } from '@jest/globals';
import type { CycledCluster } from './unscheduled.js';
import { Unscheduled } from './unscheduled.js';

const cluster = (over: Partial<CycledCluster> = {}): CycledCluster => ({
  ns_id: 'default',
  cluster_id: 'pg',
  interval_seconds: 1,
  active: true,
  namespace_status: 'Active',
  completedMs: null,
  ...over,
});
const NONE = { late: [], recovered: [] };

describe('the check apart from the schedule', () => {
  it('reports once a cluster that nobody cycles, and once that it is cycled again', () => {
    const check = new Unscheduled();
    expect(check.look([cluster()], 10_000)).toEqual(NONE);
    expect(check.look([cluster()], 13_000)).toEqual(NONE);
    expect(check.look([cluster()], 13_001)).toEqual({ late: ['default:pg'], recovered: [] });
    expect(check.look([cluster()], 20_000)).toEqual(NONE);
    expect(check.late.size).toBe(1);
    expect(check.look([cluster({ completedMs: 19_900 })], 20_100)).toEqual({
      late: [],
      recovered: ['default:pg'],
    });
  });

  it('gives a cluster with an old cycle three intervals from when this process came to know it', () => {
    const check = new Unscheduled();
    expect(check.look([cluster({ completedMs: 5 })], 100_000)).toEqual(NONE);
    expect(check.look([cluster({ completedMs: 5 })], 103_001).late).toEqual(['default:pg']);
  });

  it('expects no cycles of what is inactive', () => {
    const check = new Unscheduled();
    const quiet = [cluster({ active: false }), cluster({ cluster_id: 'b', namespace_status: 'Inactive' })];
    check.look(quiet, 0);
    expect(check.look(quiet, 100_000)).toEqual(NONE);
  });
});
