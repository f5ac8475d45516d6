import type { ClusterEvent, NodeAction, OrchestratorAction } from '@replicante/domain';
import { isFinal } from '@replicante/domain';
import { ACTION, ACTION_ATTEMPT, ACTION_OUTCOME } from '../rows/action-rows.js';
import { change, type RowChange } from '../rows/row-group.js';
import type { EventHandlers, EventPlace } from './event-handlers.js';

type OfAction = { readonly ns_id: string; readonly cluster_id: string; readonly action_id: string };
const key = ({ ns_id, cluster_id, action_id }: OfAction) => ({ ns_id, cluster_id, action_id });

const nodeAction = (action: NodeAction, { revision, at }: EventPlace): RowChange =>
  change(ACTION, key(action), revision, {
    scope: 'NODE',
    node_id: action.node_id,
    kind: action.kind,
    phase: action.state.phase,
    finished: isFinal(action.state.phase),
    args: action.args,
    error: action.state.error,
    payload: action.state.payload,
    metadata: action.metadata,
    timeout_ms: null,
    created_at: action.created_time,
    scheduled_at: action.scheduled_time,
    finished_at: action.finished_time,
    action_changed_at: at,
  });

const orchestratorAction = (action: OrchestratorAction, { revision, at }: EventPlace): RowChange =>
  change(ACTION, key(action), revision, {
    scope: 'ORCHESTRATOR',
    node_id: null,
    kind: action.kind,
    phase: action.state,
    finished: isFinal(action.state),
    args: action.args,
    error: action.state_payload_error,
    payload: action.state_payload,
    metadata: action.metadata,
    timeout_ms: action.timeout && action.timeout.secs * 1_000 + Math.round(action.timeout.nanos / 1e6),
    created_at: action.created_ts,
    scheduled_at: action.scheduled_ts,
    finished_at: action.finished_ts,
    action_changed_at: at,
  });

const putNode = ({ action }: { readonly action: NodeAction }, place: EventPlace) => [
  nodeAction(action, place),
];
const putOrchestrator = ({ action }: { readonly action: OrchestratorAction }, place: EventPlace) => [
  orchestratorAction(action, place),
];

type ActionEventType =
  | `cluster.NodeAction${'Created' | 'Approved' | 'Rejected' | 'Cancelled' | 'Dispatched' | 'ScheduleFailed' | 'Synced'}.v1`
  | `cluster.OrchestratorAction${'Created' | 'Approved' | 'Rejected' | 'Cancelled' | 'Progressed' | 'Finished'}.v1`
  | `cluster.Provision${'Intended' | 'Settled'}.v1`;

export const actionProjection: EventHandlers<Extract<ClusterEvent, { readonly type: ActionEventType }>> = {
  'cluster.NodeActionCreated.v1': putNode,
  'cluster.NodeActionApproved.v1': putNode,
  'cluster.NodeActionRejected.v1': putNode,
  'cluster.NodeActionCancelled.v1': putNode,
  'cluster.NodeActionSynced.v1': putNode,
  'cluster.NodeActionDispatched.v1': (data, { revision, at }) => [
    change(ACTION_ATTEMPT, key(data), revision, {
      attempt_id: data.attempt_id,
      attempt_number: data.attempt,
      attempt_not_after: data.not_after,
      attempt_at: at,
    }),
  ],
  'cluster.NodeActionScheduleFailed.v1': ({ action, attempt_id, late }, place) => [
    nodeAction(action, place),
    change(ACTION_OUTCOME, key(action), place.revision, {
      outcome_attempt_id: attempt_id,
      outcome: 'failed',
      outcome_error: action.state.error,
      outcome_node_ids: null,
      outcome_late: late,
    }),
  ],
  'cluster.OrchestratorActionCreated.v1': putOrchestrator,
  'cluster.OrchestratorActionApproved.v1': putOrchestrator,
  'cluster.OrchestratorActionRejected.v1': putOrchestrator,
  'cluster.OrchestratorActionCancelled.v1': putOrchestrator,
  'cluster.OrchestratorActionProgressed.v1': putOrchestrator,
  'cluster.OrchestratorActionFinished.v1': putOrchestrator,
  'cluster.ProvisionIntended.v1': (data, { revision, at }) => [
    change(ACTION_ATTEMPT, key(data), revision, {
      attempt_id: data.attempt_id,
      attempt_number: null,
      attempt_not_after: data.not_after,
      attempt_at: at,
    }),
  ],
  'cluster.ProvisionSettled.v1': (data, { revision }) => [
    change(ACTION_OUTCOME, key(data), revision, {
      outcome_attempt_id: data.attempt_id,
      outcome: data.outcome,
      outcome_error: data.error,
      outcome_node_ids: data.node_ids,
      outcome_late: data.late,
    }),
  ],
};
