import type { Cycle } from './cycle.js';

const ABSENCES = 3;

/**
 * A node is gone after 3 successful discoveries in a row without it, over at least 3 intervals, *and* a silent agent
 * (safety.md §4). Until then it exists for every rule. The node last known as primary stays: once it were gone, another
 * would be provisioned in its place, and nothing replaces or removes it by itself (safety.md §6).
 */
export function removeGoneNodes(cycle: Cycle): void {
  const { recorder } = cycle;
  for (const [id, member] of [...recorder.state.members]) {
    if (!member.absent || member.absent.absences < ABSENCES) continue;
    if (id === recorder.state.lastPrimary) continue;
    const seen = cycle.seen.get(id);
    const silent = seen !== undefined && !seen.node.ok && seen.node.kind !== 'not_polled';
    const record = recorder.state.nodes.get(id);
    if (!silent || !record) continue;
    const removed = recorder.emit({ type: 'cluster.NodeRemoved.v1', data: { node: record.node } });
    for (const { action } of [...recorder.state.nodeActions.values()]) {
      if (action.node_id !== id) continue;
      recorder.emit(
        {
          type: 'cluster.NodeActionCancelled.v1',
          data: {
            action: {
              ...action,
              finished_time: recorder.now,
              state: { ...action.state, phase: 'CANCELLED' },
            },
            reason: 'node_removed',
          },
        },
        removed,
      );
    }
  }
}
