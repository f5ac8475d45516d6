export interface TasksRequest {
  /** `host:port`. */
  readonly broker: string;
  readonly tasks: number;
  /** To one call. */
  readonly batch: number;
}

export const TASK_KIND = 'OrchestrateCluster';
export const taskKey = (n: number): string => `default:cluster-${n}`;
export const payloadOf = () => ({ ns_id: 'default', cluster_id: 'x'.repeat(60) });
