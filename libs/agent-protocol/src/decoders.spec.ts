import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeActionScheduled,
  decodeAgentActionExecution,
  decodeAgentActionList,
  decodeAgentNode,
  decodeAgentShardsInfo,
  decodeAgentStoreInfo,
  LIMITS,
} from './index.js';

const node = {
  address: { client: '127.0.0.1:5432', member: null, admin: 'x' },
  agent_version: { checkout: 'abc', number: '1.0.0', taint: 'no' },
  attributes: { rack: 'a', spare: false, weight: 1.5, none: null },
  node_id: 'pg-1',
  node_status: 'HEALTHY',
  store_id: 'postgresql',
  store_version: { checkout: null, number: '18.4', extra: null },
};
const id = '6f1d1a52-6d8e-4b58-9a0e-0d7f6a3f7c11';
const execution = {
  args: { node: '127.0.0.1:1' },
  created_time: '2026-01-02T03:04:05.123456789Z',
  finished_time: null,
  id,
  kind: 'agent.replicante.io/cluster.join',
  metadata: { a: 'b' },
  scheduled_time: '2026-01-02T03:04:06Z',
  state: { error: null, payload: { n: 1 }, phase: 'RUNNING' },
};
const pathsOf = (decoded: { ok: boolean; problems?: readonly { path: string }[] }) =>
  decoded.ok ? [] : decoded.problems?.map(p => p.path);

describe('every decoder', () => {
  const decoders = {
    decodeActionScheduled,
    decodeAgentActionExecution,
    decodeAgentActionList,
    decodeAgentNode,
    decodeAgentShardsInfo,
    decodeAgentStoreInfo,
  };

  it.each(Object.entries(decoders))('%s never throws, whatever JSON it gets', (_name, decoder) => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), value => {
        const decoded = decoder(value);
        expect(decoded.ok || decoded.problems.length > 0).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['node', decodeAgentNode, node],
    ['execution', decodeAgentActionExecution, execution],
    [
      'shards',
      decodeAgentShardsInfo,
      { shards: [{ id: 'a', role: 'Primary', lag: { unit: 'seconds', value: 1 } }] },
    ],
  ] as const)('never throws on a good %s with any one field replaced by anything', (_name, decoder, good) => {
    const paths = Object.keys(good);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const decoded = decoder({ ...good, [path]: value });
        expect(decoded.ok || decoded.problems.length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('answers the same for the same JSON and leaves it unchanged', () => {
    const before = structuredClone(execution);
    expect(decodeAgentActionExecution(execution)).toEqual(decodeAgentActionExecution(execution));
    expect(execution).toEqual(before);
  });
});

describe('info/node', () => {
  it('takes a whole node and drops what it does not know', () => {
    const decoded = decodeAgentNode({ ...node, huge: 'x'.repeat(1e6), nested: { deep: [] } });
    expect(decoded).toEqual({ ok: true, value: node });
  });

  it('keeps a status that it does not know as UNKNOWN, and does not let an agent claim UNREACHABLE', () => {
    for (const status of ['SLEEPY', 'UNREACHABLE', 'INCOMPLETE', { UNKNOWN: 'why' }]) {
      const decoded = decodeAgentNode({ ...node, node_status: status });
      const reason = typeof status === 'string' ? status : status.UNKNOWN;
      expect(decoded.ok && decoded.value.node_status).toEqual({ UNKNOWN: reason });
    }
  });

  it('names the field of every problem', () => {
    const decoded = decodeAgentNode({
      ...node,
      node_id: '',
      attributes: { a: [] },
      store_version: { number: 7 },
    });
    expect(pathsOf(decoded)).toEqual(['attributes.a', 'node_id', 'store_version.number']);
  });

  it('refuses texts that no jsonb takes', () => {
    expect(pathsOf(decodeAgentNode({ ...node, attributes: { a: 'x\0' } }))).toEqual(['attributes.a']);
    expect(pathsOf(decodeAgentNode({ ...node, node_id: '\uD800' }))).toEqual(['node_id']);
  });

  it('refuses more attributes than it takes, and keeps a key named __proto__ a key', () => {
    const many = Object.fromEntries(Array.from({ length: LIMITS.entries + 1 }, (_, i) => [`k${i}`, i]));
    expect(pathsOf(decodeAgentNode({ ...node, attributes: many }))).toEqual(['attributes']);
    const decoded = decodeAgentNode(JSON.parse(JSON.stringify(node).replace('"rack"', '"__proto__"')));
    expect(decoded.ok && Object.keys(decoded.value.attributes)).toContain('__proto__');
  });
});

describe('info/shards', () => {
  const shard = { id: 's', role: 'Primary', commit_offset: { unit: { unit: 'bytes' }, value: 5 }, lag: null };

  it('takes the documented variants: bare list, shard_id, roles in any case, no commit_offset', () => {
    const decoded = decodeAgentShardsInfo([
      { shard_id: 'a', role: 'PRIMARY', commit_offset: { unit: 'SECONDS', value: 1 } },
      { id: 'b', role: 'secondary' },
      { id: 'c', role: { Other: 'Arbiter' } },
      { id: 'd', role: 'Delayed' },
    ]);
    expect(decoded).toEqual({
      ok: true,
      value: {
        shards: [
          { id: 'a', role: 'Primary', commit_offset: { unit: 'seconds', value: 1 }, lag: null },
          { id: 'b', role: 'Secondary', commit_offset: null, lag: null },
          { id: 'c', role: { Other: 'Arbiter' }, commit_offset: null, lag: null },
          { id: 'd', role: { Other: 'Delayed' }, commit_offset: null, lag: null },
        ],
      },
    });
  });

  it('refuses a fraction, an id that occurs twice, an endless list', () => {
    const lag = { unit: 'seconds', value: 1.5 };
    expect(pathsOf(decodeAgentShardsInfo({ shards: [{ ...shard, lag }] }))).toEqual(['shards[0].lag.value']);
    expect(pathsOf(decodeAgentShardsInfo({ shards: [shard, shard] }))).toEqual(['shards[1].id']);
    expect(pathsOf(decodeAgentShardsInfo(new Array(LIMITS.elements + 1).fill(shard)))).toEqual(['shards']);
  });

  it('tells no more problems than help', () => {
    const decoded = decodeAgentShardsInfo(new Array(1000).fill({}));
    expect(pathsOf(decoded)).toHaveLength(LIMITS.problems);
  });
});

describe('actions', () => {
  it('answers times in UTC with milliseconds, whatever offset they came with', () => {
    const decoded = decodeAgentActionExecution({ ...execution, finished_time: '2026-01-02T05:04:05+02:00' });
    expect(decoded.ok && [decoded.value.created_time, decoded.value.finished_time]).toEqual([
      '2026-01-02T03:04:05.123Z',
      '2026-01-02T03:04:05.000Z',
    ]);
  });

  it('refuses free JSON that is too large or too deep', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;
    expect(pathsOf(decodeAgentActionExecution({ ...execution, args: deep }))).toEqual(['args']);
    const large = { ...execution, state: { ...execution.state, payload: 'x'.repeat(LIMITS.json + 1) } };
    expect(pathsOf(decodeAgentActionExecution(large))).toEqual(['state.payload']);
  });

  it('takes lists bare and wrapped, and ids in either case', () => {
    const action = { id: id.toUpperCase(), kind: 'k/a', phase: 'done' };
    const expected = { ok: true, value: { actions: [{ id, kind: 'k/a', phase: 'DONE' }] } };
    expect(decodeAgentActionList([action])).toEqual(expected);
    expect(decodeAgentActionList({ actions: [action] })).toEqual(expected);
    expect(decodeActionScheduled({ id: id.toUpperCase() })).toEqual({ ok: true, value: { id } });
  });
});
