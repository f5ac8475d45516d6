import { sameJson } from '@replicante/kernel';
import type { OrchestratorAction } from '../../model/action.js';
import { isFinal } from '../../model/action.js';
import type { HandlerResult } from '../orchestrator-actions/handler.js';
import { failed } from '../orchestrator-actions/handler.js';
import { handlerOf } from '../orchestrator-actions/registry.js';
import type { Verdict } from '../verdict.js';
import type { Cycle } from './cycle.js';

const RULE = { id: 'orchestrator-action-schedule', version: 1 };
const SUBJECT = 'cluster';

const inOrder = (actions: Iterable<OrchestratorAction>): readonly OrchestratorAction[] =>
  [...actions].sort((a, b) =>
    a.created_ts === b.created_ts
      ? a.action_id < b.action_id
        ? -1
        : 1
      : a.created_ts < b.created_ts
        ? -1
        : 1,
  );

const timeoutSeconds = (action: OrchestratorAction, byHandler: number): number =>
  action.timeout === null ? byHandler : action.timeout.secs + action.timeout.nanos / 1e9;

/** A result that would go on after the deadline fails; DONE after the deadline is still DONE. */
function invoke(cycle: Cycle, action: OrchestratorAction): HandlerResult {
  const handler = handlerOf(action.kind);
  if (!handler) return failed('Unknown orchestrator action', action.kind);
  const result = handler.invoke(cycle, action);
  const started = action.scheduled_ts ?? cycle.recorder.now;
  const deadline = Date.parse(started) + timeoutSeconds(action, handler.timeoutSeconds) * 1000;
  if (result.state === 'RUNNING' && cycle.recorder.nowMs > deadline)
    return {
      ...failed('Timed out', `not finished within ${timeoutSeconds(action, handler.timeoutSeconds)} s`),
    };
  return result;
}

/** One invocation; recorded only if something changed. Upstream compares the payload the wrong way round. */
function execute(cycle: Cycle, action: OrchestratorAction): HandlerResult {
  const { recorder } = cycle;
  const result = invoke(cycle, action);
  const after: OrchestratorAction = {
    ...action,
    scheduled_ts: action.scheduled_ts ?? recorder.now,
    state: result.state,
    state_payload: result.payload === undefined ? action.state_payload : result.payload,
    state_payload_error: result.error === undefined ? action.state_payload_error : result.error,
    finished_ts: isFinal(result.state) ? recorder.now : null,
  };
  if (!sameJson(action, after))
    recorder.emit({
      type: isFinal(after.state)
        ? 'cluster.OrchestratorActionFinished.v1'
        : 'cluster.OrchestratorActionProgressed.v1',
      data: { action: after },
    });
  return result;
}

const waiting = (action: OrchestratorAction, result: HandlerResult): Verdict => ({
  subject: SUBJECT,
  outcome: 'hold',
  reason: result.waits?.reason ?? 'ORCHESTRATOR_ACTION_IN_PROGRESS',
  message: result.waits?.message ?? `${action.kind} goes on`,
  facts: [{ name: `action:${action.action_id}.kind`, value: action.kind, observer: 'state', age_ms: null }],
  waitsOn: [action.action_id, ...(result.waits?.on ?? [])],
});

/** The first pending action that is approved, and what keeps it from being started. */
function start(cycle: Cycle): void {
  const { recorder } = cycle;
  for (const action of inOrder(recorder.state.orchestratorActions.values())) {
    if (action.state !== 'PENDING_SCHEDULE') continue;
    const verdict: Verdict = {
      subject: SUBJECT,
      outcome: 'act',
      reason: 'ACTION_STARTED',
      message: `${action.kind} is started`,
      facts: [
        { name: `action:${action.action_id}.kind`, value: action.kind, observer: 'state', age_ms: null },
      ],
      waitsOn: [action.action_id],
    };
    recorder.record(RULE, verdict, () => void execute(cycle, action));
    if (recorder.state.orchestratorActions.get(action.action_id)?.state === 'RUNNING') return;
  }
}

function idle(cycle: Cycle): void {
  const { recorder } = cycle;
  const pending = inOrder(recorder.state.orchestratorActions.values());
  const approval = pending.filter(a => a.state === 'PENDING_APPROVE');
  const base = { subject: SUBJECT, facts: [], waitsOn: pending.map(a => a.action_id) };
  if (pending.length === 0)
    recorder.record(RULE, {
      ...base,
      outcome: 'hold',
      reason: 'NOTHING_TO_SCHEDULE',
      message: 'No orchestrator action is unfinished',
    });
  else if (approval.length === pending.length)
    recorder.record(RULE, {
      ...base,
      outcome: 'hold',
      reason: 'WAITS_FOR_APPROVAL',
      message: `${approval.map(a => a.kind).join(', ')} waits for approval`,
    });
  else
    recorder.record(RULE, {
      ...base,
      outcome: 'suppress',
      reason: cycle.mode === 'observe' ? 'OBSERVE_MODE' : 'DELETE_MODE',
      message: 'Pending orchestrator actions are not started',
    });
}

/**
 * Progresses what runs (in every mode: running work is not suspended), then starts the next. At most one orchestrator
 * action of a cluster runs (domain-reference §8.4).
 */
export function runOrchestratorActions(cycle: Cycle): void {
  const { recorder } = cycle;
  for (const action of inOrder(recorder.state.orchestratorActions.values()))
    if (action.state === 'RUNNING') {
      const result = execute(cycle, action);
      if (result.state === 'RUNNING') recorder.record(RULE, waiting(action, result));
    }
  const running = [...recorder.state.orchestratorActions.values()].some(a => a.state === 'RUNNING');
  if (running) return;
  if (cycle.mode === 'sync') start(cycle);
  const started = [...recorder.state.orchestratorActions.values()].some(a => a.state === 'RUNNING');
  if (!started) idle(cycle);
}
