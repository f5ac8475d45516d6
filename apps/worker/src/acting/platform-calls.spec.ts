import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import { PlatformCalls } from './platform-calls.js';

const HUNG = 'http://hung/';
const cluster = { ns_id: 'ns', cluster_id: 'pg' };

/** Calls that end when the test says so. */
function calls(atOncePerPlatform = 2) {
  const begun: string[] = [];
  const end = new Map<string, () => void>();
  const errors: unknown[] = [];
  const platformCalls = new PlatformCalls({ atOncePerPlatform, onError: error => void errors.push(error) });
  const begin = (attemptId: string, over: { cluster_id?: string; baseUrl?: string } = {}): void =>
    platformCalls.begin({ ...cluster, baseUrl: HUNG, attemptId, ...over }, () => {
      begun.push(attemptId);
      return new Promise(resolve => end.set(attemptId, resolve));
    });
  return { platformCalls, begun, begin, end, errors };
}

describe('calls to platforms', () => {
  it('are as many at once as a platform may hold; the next begins when one has ended', async () => {
    const { platformCalls, begun, begin, end } = calls();
    for (const attempt of ['a', 'b', 'c']) begin(attempt);
    begin('d', { baseUrl: 'http://other/' });
    expect(begun).toEqual(['a', 'b', 'd']);
    end.get('a')?.();
    await eventually(() => begun.includes('c'), { within: 1_000 });
    for (const over of end.values()) over();
    await platformCalls.settled();
    expect(platformCalls.size).toBe(0);
  });

  it('are told to the cluster whose they are, and to all which platform is busy, waiting calls included', async () => {
    const { platformCalls, begin, end } = calls();
    const other = { ns_id: 'ns', cluster_id: 'other' };
    expect(platformCalls.of(cluster)).toEqual({});
    begin('a');
    expect(platformCalls.of(cluster)).toEqual({ platform_calls: { awaited: ['a'], busy: [] } });
    expect(platformCalls.of(other)).toEqual({});
    for (const attempt of ['b', 'c']) begin(attempt, { cluster_id: 'other' });
    expect(platformCalls.of(cluster)).toEqual({ platform_calls: { awaited: ['a'], busy: [HUNG] } });
    expect(platformCalls.of(other)).toEqual({ platform_calls: { awaited: ['b', 'c'], busy: [HUNG] } });
    end.get('a')?.();
    await eventually(() => end.get('c'), { within: 1_000 });
    for (const over of end.values()) over();
    await platformCalls.settled();
    expect(platformCalls.of(cluster)).toEqual({});
  });

  it('are not begun again for an attempt whose answer is awaited', async () => {
    const { platformCalls, begun, begin, end } = calls();
    begin('a');
    begin('a');
    end.get('a')?.();
    await platformCalls.settled();
    expect(begun).toEqual(['a']);
  });

  it('give their place back when they end in a defect, which is told', async () => {
    const { platformCalls, errors } = calls();
    const defect = new Error('a defect');
    platformCalls.begin({ ...cluster, baseUrl: HUNG, attemptId: 'a' }, () => Promise.reject(defect));
    await platformCalls.settled();
    expect(errors).toEqual([defect]);
    expect(platformCalls.of(cluster)).toEqual({});
  });
});
