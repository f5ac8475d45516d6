import type { FinishedAction } from './state.js';

const KEPT_MS = 24 * 60 * 60 * 1_000;
const AT_LEAST = 1_000;
/** A cluster of 500 nodes may finish twenty actions on each before the first of them is forgotten. */
const AT_MOST = 10_000;

/**
 * Finished actions are kept as accepted command ids are: for 24 h and at least 1,000, and here at most 10,000. A person
 * who repeats a request meets `ACTION_EXISTS` for that long; state that grows with history would make every fold of a
 * long-lived cluster, and every snapshot of it, slower for ever. Once forgotten, the id of a node action is still known to
 * its agent, which refuses it. Told by event times: a fold is the same on every replay.
 */
export function keepFinished(
  finished: Map<string, FinishedAction>,
  actionId: string,
  action: FinishedAction,
): void {
  // At the end, also when it had finished before.
  finished.delete(actionId);
  finished.set(actionId, action);
  const oldestKeptMs = Date.parse(action.at) - KEPT_MS;
  for (const [id, { at }] of finished) {
    const spare = finished.size - AT_LEAST;
    if (spare <= 0 || (finished.size <= AT_MOST && Date.parse(at) >= oldestKeptMs)) return;
    finished.delete(id);
  }
}
