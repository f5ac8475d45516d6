import type { Json } from '@replicante/kernel';

export type OrchestrateMode = 'sync' | 'observe' | 'delete';

export interface ReportNote {
  readonly category: 'Decision' | 'Error';
  readonly data: Readonly<Record<string, Json>>;
  readonly message: string;
}

/** Explanation of the last completed cycle (domain-reference §2.11). */
export interface OrchestrateReport {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly mode: OrchestrateMode;
  readonly notes: readonly ReportNote[];
  readonly start_time: string;
}

/** How an error is stored (domain-reference §4.3). */
export interface ErrorDocument {
  readonly error_msg: string;
  readonly error_cause?: string;
  readonly error_trail?: readonly string[];
}
