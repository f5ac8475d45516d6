import { describe, expect, it } from '@jest/globals';
import type { CycleObservation } from '@replicante/domain';
import { observationText } from './fit-observation.js';
import { unseen } from './poll-node.js';

const nodeOf = (node_id: string, characters: number): CycleObservation['nodes'][number] => ({
  ...unseen(node_id, 0, { ok: false, kind: 'invalid', error: { error_msg: 'x'.repeat(characters) } })
    .observation,
  age_ms: 1,
});
const documentOf = (...nodes: CycleObservation['nodes'][number][]): CycleObservation => ({
  cycle_id: 'c',
  observer: 'w',
  spec_revision: 1,
  cycle_age_ms: 1,
  nodes,
});
const nodesOf = (text: string): readonly { node_id: string; node: { error: { error_msg: string } } }[] =>
  (JSON.parse(text) as { nodes: readonly { node_id: string; node: { error: { error_msg: string } } }[] })
    .nodes;

describe('the text of an observation', () => {
  it('is the document as it is while it fits', () => {
    const document = documentOf(nodeOf('a', 10), nodeOf('b', 20));
    expect(JSON.parse(observationText(document, 10_000))).toEqual(document);
  });

  it('leaves out the largest answers, in no other node, and says so', () => {
    const document = documentOf(nodeOf('a', 100), nodeOf('b', 5_000), nodeOf('c', 900), nodeOf('d', 8_000));
    const text = observationText(document, 12_000);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(12_000);
    const [a, b, c, d] = nodesOf(text);
    expect([a, c]).toEqual([document.nodes[0], document.nodes[2]]);
    for (const large of [b, d])
      expect(large?.node.error.error_msg).toMatch(/KiB are more than this cycle has room for/);
  });
});
