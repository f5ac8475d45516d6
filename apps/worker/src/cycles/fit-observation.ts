import type { CycleObservation, NodeObservation } from '@replicante/domain';
import { wireText } from '../wire-text.js';
import type { NoAnswer } from './answers.js';

/** Of one observation as it is sent: `command` takes 16 MiB in a message, and what surrounds it needs room. */
const LARGEST_BYTES = 12 * 1024 * 1024;

/**
 * The text of an observation that `command` can take. Should all answers together be larger, the largest ones are left
 * out and their nodes say so: a few agents that talk too much must not take the cycle from all others.
 */
export function observationText(document: CycleObservation, largestBytes = LARGEST_BYTES): string {
  const text = wireText(document);
  let excess = Buffer.byteLength(text) - largestBytes;
  if (excess <= 0) return text;
  const sizes = document.nodes.map(node => ({ node, bytes: Buffer.byteLength(wireText(node)) }));
  const left = new Map<string, number>();
  for (const { node, bytes } of sizes.sort((a, b) => b.bytes - a.bytes)) {
    if (excess <= 0) break;
    left.set(node.node_id, bytes);
    excess -= bytes;
  }
  return wireText({
    ...document,
    nodes: document.nodes.map(node => {
      const bytes = left.get(node.node_id);
      return bytes === undefined ? node : leftOut(node, bytes);
    }),
  });
}

function leftOut({ node_id, age_ms }: NodeObservation, bytes: number): NodeObservation {
  const size = `${Math.ceil(bytes / 1024)} KiB`;
  const why: NoAnswer = {
    ok: false,
    kind: 'invalid',
    error: { error_msg: `all answers together: ${size} are more than this cycle has room for` },
  };
  return { node_id, age_ms, node: why, store: why, shards: why, queue: why, finished: why, actions: {} };
}
