import { canonicalJson, sameJson } from '@replicante/kernel';
import type { ErrorDocument } from '../../model/report.js';
import { digestOf, FLAP_CHANGES, isAtRest, longestPause, watch, within } from '../flapping.js';
import { factsOfExtras, factsOfNode, factsOfShards, statusWord } from '../node-facts.js';
import { noteKey } from '../report-keys.js';
import type { Cycle } from './cycle.js';
import type { NodeReading } from './read-node.js';

/** safety.md §12 for facts of nodes: "more than 5 of 10 cycles". */
const WINDOW_INTERVALS = 10;
const REST_INTERVALS = 2;

export const FLAPPING = { UNKNOWN: 'FLAPPING' } as const;
const NOTE = 'Node flaps';

/** Facts by the name under which their change is told. */
type Facts = Readonly<Record<'status' | 'identity' | 'details' | 'store' | 'shards' | 'answers', unknown>>;

function factsNow(cycle: Cycle, nodeId: string, reading: NodeReading): Facts {
  const { state } = cycle.recorder;
  const { ns_id, cluster_id } = cycle.spec;
  const ids = { ns_id, cluster_id, node_id: nodeId };
  const node = { ...ids, details: reading.details, node_status: reading.status };
  const store = reading.store && { ...ids, attributes: reading.store, fresh: true };
  const known = state.extras.get(nodeId);
  return {
    ...factsOfNode({ node, quarantine: reading.quarantine }, state.demoted),
    store: store
      ? factsOfExtras(store, state.demoted)
      : known && factsOfExtras({ ...known, fresh: false }, state.demoted),
    shards: factsOfShards(
      reading.shards ?? (state.shards.get(nodeId) ?? []).map(s => ({ ...s, fresh: false })),
    ),
    answers: reading.notes.map(noteKey).sort(),
  };
}

function factsRecorded(cycle: Cycle, nodeId: string): Facts | null {
  const { nodes, extras, shards, demoted, reportKeys } = cycle.recorder.state;
  const record = nodes.get(nodeId);
  if (!record) return null;
  const known = extras.get(nodeId);
  const keys = (reportKeys ?? '').split('\n').filter(key => key.split('\u0000')[2] === nodeId);
  return {
    ...factsOfNode(record, demoted),
    store: known && factsOfExtras(known, demoted),
    shards: factsOfShards(shards.get(nodeId) ?? []),
    answers: keys.sort(),
  };
}

/** Says it once; from then on the record rests, and what the node is now stands in the sample. */
function beginsToFlap(cycle: Cycle, nodeId: string, reading: NodeReading): readonly string[] | null {
  const { state, nowMs } = cycle.recorder;
  const windowMs = WINDOW_INTERVALS * cycle.spec.interval * 1000;
  const recent = within(state.nodeChanges.get(nodeId) ?? [], nowMs, windowMs);
  const record = state.nodes.get(nodeId);
  if (recent.length < FLAP_CHANGES || !record) return null;
  const [now, before] = [factsNow(cycle, nodeId, reading), factsRecorded(cycle, nodeId)];
  if (before === null) return null;
  const changed = Object.keys(now).filter(
    name => !sameJson(now[name as keyof Facts] ?? null, before[name as keyof Facts] ?? null),
  );
  if (changed.length === 0) return null;
  cycle.recorder.emit({
    type: 'cluster.NodeFlapping.v1',
    data: {
      node: { ...record.node, details: reading.details ?? record.node.details, node_status: FLAPPING },
      before_status: record.node.node_status,
      quarantine: reading.quarantine ?? record.quarantine,
      facts: changed,
      changes: recent.length + 1,
      error: {
        error_msg:
          `its ${changed.join(', ')} changed in ${recent.length + 1} of the last ${WINDOW_INTERVALS} cycles, ` +
          `the last time from ${statusWord(record.node.node_status)} to ${present(reading)}`,
      },
      observer: cycle.observation.observer,
    },
  });
  return recent;
}

const present = ({ status, error }: NodeReading): string =>
  error ? `${statusWord(status)}: ${error.error_msg}` : statusWord(status);

/** What a flapping node is now, as an error that people are shown. */
export const flappingError = (reading: NodeReading): ErrorDocument => ({
  error_msg: `flapping; at present ${present(reading)}`,
});

const noteFlapping = (cycle: Cycle, nodeId: string, error: ErrorDocument): void => {
  cycle.notes.push({ category: 'Error', message: NOTE, data: { node_id: nodeId, details: { ...error } } });
};

/** Not polled in this cycle: neither at rest nor changed. */
export function staysFlapping(cycle: Cycle, nodeId: string, why: ErrorDocument): void {
  const restless = cycle.recorder.remembered.get(`node ${nodeId}`);
  if (restless) cycle.recorder.restless.push(restless);
  noteFlapping(cycle, nodeId, why);
}

/** Whether the node's record rests in this cycle because the node flaps, or just began to. */
export function flaps(cycle: Cycle, nodeId: string, reading: NodeReading): boolean {
  const { recorder, spec } = cycle;
  const record = recorder.state.nodes.get(nodeId);
  const began = record?.flapping ? [] : beginsToFlap(cycle, nodeId, reading);
  if (began === null) return false;
  const of = `node ${nodeId}`;
  const restless = watch(recorder.remembered.get(of), {
    of,
    present: digestOf(canonicalJson(factsNow(cycle, nodeId, reading))),
    now: recorder.now,
    pauseMs: began.length === 0 ? 0 : longestPause(began, recorder.nowMs),
  });
  const intervalMs = spec.interval * 1000;
  const bounds = { atLeastMs: REST_INTERVALS * intervalMs, atMostMs: WINDOW_INTERVALS * intervalMs };
  if (record?.flapping && isAtRest(restless, recorder.nowMs, bounds)) return false;
  recorder.restless.push(restless);
  noteFlapping(cycle, nodeId, flappingError(reading));
  return true;
}
