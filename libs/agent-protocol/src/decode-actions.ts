import type { Decoded, JsonReader } from './json-reader.js';
import { decode } from './json-reader.js';
import type { ActionScheduled, AgentActionExecution, AgentActionList, AgentActionPhase } from './wire.js';

const PHASES = ['NEW', 'RUNNING', 'DONE', 'FAILED'] as const;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Lower case: ids of actions are compared as texts, and a UUID may be written in either case. */
function idOf(reader: JsonReader, value: unknown, path: string): string {
  const id = reader.text(value, path, { max: 64 }).toLowerCase();
  if (typeof value === 'string' && !UUID.test(id)) reader.fail(path, 'is not a UUID');
  return id;
}

function phaseOf(reader: JsonReader, value: unknown, path: string): AgentActionPhase {
  const written = reader.text(value, path, { max: 64 }).toUpperCase();
  const phase = PHASES.find(known => known === written);
  if (typeof value === 'string' && !phase) reader.fail(path, `is not one of ${PHASES.join(', ')}`);
  return phase ?? 'NEW';
}

/** The answer to `POST action`. */
export const decodeActionScheduled = (body: unknown): Decoded<ActionScheduled> =>
  decode(reader => ({ id: idOf(reader, reader.record(body, '$')['id'], 'id') }));

/** `actions/queue` and `actions/finished`: `{actions: […]}` or the bare list; `phase` or the older `state`. */
export const decodeAgentActionList = (body: unknown): Decoded<AgentActionList> =>
  decode(reader => {
    const list = Array.isArray(body) ? body : reader.record(body, '$')['actions'];
    return {
      actions: reader.list(list, 'actions', (item, at) => {
        const action = reader.record(item, at);
        return {
          id: idOf(reader, action['id'], `${at}.id`),
          kind: reader.name(action['kind'], `${at}.kind`),
          phase: phaseOf(reader, action['phase'] ?? action['state'], `${at}.phase`),
        };
      }),
    };
  });

/** `action/{id}`. */
export const decodeAgentActionExecution = (body: unknown): Decoded<AgentActionExecution> =>
  decode(reader => {
    const action = reader.record(body, '$');
    const state = reader.record(action['state'], 'state');
    const finished = action['finished_time'];
    return {
      args: reader.json(action['args'], 'args'),
      created_time: reader.time(action['created_time'], 'created_time'),
      finished_time:
        finished === undefined || finished === null ? null : reader.time(finished, 'finished_time'),
      id: idOf(reader, action['id'], 'id'),
      kind: reader.name(action['kind'], 'kind'),
      metadata: reader.map(action['metadata'], 'metadata', (item, at) => reader.text(item, at)),
      scheduled_time: reader.time(action['scheduled_time'], 'scheduled_time'),
      state: {
        error: reader.json(state['error'], 'state.error'),
        payload: reader.json(state['payload'], 'state.payload'),
        phase: phaseOf(reader, state['phase'], 'state.phase'),
      },
    };
  });
