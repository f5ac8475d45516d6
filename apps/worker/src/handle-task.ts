import type { Task, TaskContext, TaskResult } from '@replicante/task-queue';
import type { OrchestrateCluster } from './cycles/orchestrate-cluster.js';
import type { DiscoverPlatform } from './discovery/discover-platform.js';

export interface Handlers {
  readonly orchestrate: Pick<OrchestrateCluster, 'run'>;
  readonly discover: Pick<DiscoverPlatform, 'run'>;
}

const text = (payload: Task['payload'], name: string): string | undefined => {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined;
  const value: unknown = new Map(Object.entries(payload)).get(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

const texts = (payload: Task['payload'], name: string): readonly string[] => {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return [];
  const value: unknown = new Map(Object.entries(payload)).get(name);
  return Array.isArray(value) ? value.filter((item: unknown) => typeof item === 'string') : [];
};

/** By kind. A task that cannot be read ends here: it would come back for ever. */
export async function handleTask(handlers: Handlers, task: Task, context: TaskContext): Promise<TaskResult> {
  const { kind, payload, partition } = task;
  const ns_id = text(payload, 'ns_id');
  if (kind === 'OrchestrateCluster') {
    const cluster_id = text(payload, 'cluster_id');
    if (ns_id === undefined || cluster_id === undefined)
      return { outcome: 'abandoned', reason: 'TASK_UNREADABLE' };
    return handlers.orchestrate.run({ ns_id, cluster_id, partition }, context);
  }
  if (kind === 'DiscoverPlatform') {
    const name = text(payload, 'name');
    if (ns_id === undefined || name === undefined) return { outcome: 'abandoned', reason: 'TASK_UNREADABLE' };
    const awaited = texts(payload, 'awaited_clusters');
    return handlers.discover.run({ ns_id, name, awaited, partition }, context);
  }
  return { outcome: 'abandoned', reason: 'TASK_KIND_UNKNOWN' };
}
