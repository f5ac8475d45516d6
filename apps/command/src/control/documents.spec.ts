import { describe, expect, it } from '@jest/globals';
import { attemptOutcome, cycleObservation, platformObservation } from './documents.js';

const fields = (read: () => unknown): unknown => {
  try {
    read();
    return undefined;
  } catch (error) {
    const { rejection } = error as {
      rejection: { code: string; violations: readonly { field: string; description: string }[] };
    };
    expect(rejection.code).toBe('INVALID_REQUEST');
    expect(rejection.violations.filter(v => v.description === '')).toEqual([]);
    return rejection.violations.map(v => v.field);
  }
};
const answered = (value: unknown) => ({ ok: true, value });
const failed = { ok: false, kind: 'timeout', error: { error_msg: 'late' } };
const node = {
  node_id: 'pg-1',
  age_ms: 3,
  node: failed,
  store: failed,
  shards: answered([{}]),
  queue: answered(['a']),
  finished: answered([]),
  actions: { a: answered('absent'), b: answered({}), c: failed },
};
const cycle = { cycle_id: 'c', observer: 'w', spec_revision: 1, cycle_age_ms: 0.5, nodes: [node] };
const platform = {
  discovery_id: 'd',
  observer: 'w',
  age_ms: 1,
  idempotency_keys: true,
  answer: answered([{ cluster_id: 'pg', nodes: [] }]),
  unreadable: ['x', null],
};
const error = { error_msg: 'no' };

describe('a document of the worker', () => {
  it('is taken as it is written', () => {
    const awaiting = { ...cycle, platform_calls: { awaited: ['attempt'], busy: ['http://platform/'] } };
    for (const document of [cycle, awaiting])
      expect(cycleObservation(JSON.stringify(document))).toEqual(document);
    for (const document of [platform, { ...platform, answer: failed }])
      expect(platformObservation(JSON.stringify(document))).toEqual(document);
    for (const outcome of [
      { kind: 'node_action', result: 'accepted' },
      { kind: 'node_action', result: 'failed', error },
      { kind: 'provision', result: 'accepted', count: 1, node_ids: null },
      { kind: 'provision', result: 'accepted', count: 1, node_ids: ['a'] },
      { kind: 'provision', result: 'refused', error },
      { kind: 'provision', result: 'not_sent' },
    ])
      expect(attemptOutcome(JSON.stringify(outcome))).toEqual(outcome);
  });

  it.each(['', '{', 'nul', '[]', 'null', '5'])('is refused when it is %j', text => {
    for (const read of [cycleObservation, platformObservation, attemptOutcome])
      expect(fields(() => read(text))).toHaveLength(1);
  });

  it('is refused with every fault at its path', () => {
    const nodes = [null, { ...node, age_ms: -1, node: { ok: true }, queue: { ok: false, kind: 'x' } }, 5];
    expect(fields(() => cycleObservation(JSON.stringify({ ...cycle, cycle_age_ms: '1', nodes })))).toEqual([
      'observation_json.cycle_age_ms',
      'observation_json.nodes.0',
      'observation_json.nodes.1.age_ms',
      'observation_json.nodes.1.node.value',
      'observation_json.nodes.1.queue.error',
      'observation_json.nodes.1.queue.kind',
      'observation_json.nodes.2',
    ]);
    expect(
      fields(() => platformObservation(JSON.stringify({ ...platform, answer: answered([{ nodes: 1 }]) }))),
    ).toEqual(['observation_json.answer.value.0.cluster_id', 'observation_json.answer.value.0.nodes']);
  });

  it('tells outcomes that there are from others', () => {
    expect(fields(() => attemptOutcome('{"kind":"x","result":"y"}'))).toEqual(['outcome_json.kind']);
    expect(fields(() => attemptOutcome('{"kind":"node_action","result":"refused","error":{}}'))).toEqual([
      'outcome_json.result',
    ]);
    expect(fields(() => attemptOutcome('{"kind":"provision","result":"accepted"}'))).toEqual([
      'outcome_json.count',
      'outcome_json.node_ids',
    ]);
    expect(fields(() => attemptOutcome('{"kind":"provision","result":"unknown"}'))).toEqual([
      'outcome_json.error',
    ]);
  });
});
