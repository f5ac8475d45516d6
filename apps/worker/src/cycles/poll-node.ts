import type { AgentAnswer, AgentClient } from '@replicante/agent-protocol';
import type { ActionAnswer, Answer, NodeObservation } from '@replicante/domain';
import { Slots } from '../slots.js';
import { answerOf, notPolled } from './answers.js';
import type { NoAnswer } from './answers.js';

export interface PollNodeOptions {
  readonly nodeId: string;
  /** Unfinished here. */
  readonly actionIds: readonly string[];
  /** For all calls to this agent together, milliseconds. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
  readonly monotonicMs: () => number;
}

/** What was seen of a node, and when: `age_ms` is told from `atMs` as it is sent. */
export interface SeenNode {
  readonly atMs: number;
  readonly observation: Omit<NodeObservation, 'age_ms'>;
}

/** Details asked of one agent at most: one that lists thousands must not take the cycle's time. */
const MAX_DETAILS = 500;
const DETAILS_AT_ONCE = 4;
/** Of the time that is left, for the lists, and again for the details: what hangs there must not hide the datastore. */
const FOR_ACTIONS = 0.5;
/** Of the details of one node together: what is more is not asked about in this cycle. */
const DETAILS_CHARACTERS = 512 * 1024;

export const unseen = (nodeId: string, atMs: number, why: NoAnswer): SeenNode => ({
  atMs,
  observation: {
    node_id: nodeId,
    node: why,
    store: why,
    shards: why,
    queue: why,
    finished: why,
    actions: {},
  },
});

/**
 * Everything about one node, one question after the other: a fleet keeps one warm connection per agent, and on that they
 * would wait for each other anyway. `info/node` first: who does not answer that is not asked further. Then what the agent
 * knows by itself, so that a datastore that hangs does not hide how actions go; the queue before the finished ones, so that
 * an action finishing in between is in at least one list (domain-reference §7.3). Last what the agent asks its datastore.
 */
export async function pollNode(client: AgentClient, options: PollNodeOptions): Promise<SeenNode> {
  const { nodeId, signal, monotonicMs } = options;
  const endMs = monotonicMs() + options.withinMs;
  const leftMs = (until: number) => Math.max(1, Math.round(until - monotonicMs()));
  /** Calls that end with a share of the time that is left now. */
  const within = (share: number): Call => {
    const untilMs = monotonicMs() + (endMs - monotonicMs()) * share;
    return () => ({ signal, timeoutMs: leftMs(untilMs) });
  };

  const node = answerOf('info/node', await client.infoNode(within(1)()), value => value);
  const atMs = monotonicMs();
  if (!node.ok) return unseen(nodeId, atMs, node);

  const lists = await readLists(client, within(FOR_ACTIONS));
  const actions = await readActions(client, askedIds(options.actionIds, lists), within(FOR_ACTIONS));
  const { store, shards } = await readStore(client, within(1));
  return {
    atMs,
    observation: {
      node_id: nodeId,
      node: {
        ok: true,
        value: { ...node.value, address: { client: null, member: null, ...node.value.address } },
      },
      store,
      shards,
      ...lists,
      actions,
    },
  };
}

interface Lists {
  readonly queue: Answer<readonly string[]>;
  readonly finished: Answer<readonly string[]>;
}
type Call = () => { readonly signal: AbortSignal; readonly timeoutMs: number };

async function readStore(
  client: AgentClient,
  call: Call,
): Promise<Pick<NodeObservation, 'store' | 'shards'>> {
  const store = answerOf('info/store', await client.infoStore(call()), value => value);
  // With a millisecond left it would be chance whether they are had: never the same twice.
  if (!store.ok && store.kind === 'timeout')
    return { store, shards: notPolled('info/store took all of the time of this agent') };
  const shards = answerOf('info/shards', await client.infoShards(call()), value => value.shards);
  return { store, shards };
}

async function readLists(client: AgentClient, call: Call): Promise<Lists> {
  const ids = (list: { readonly actions: readonly { readonly id: string }[] }) =>
    list.actions.map(({ id }) => id);
  const queue = answerOf('actions/queue', await client.actionsQueue(call()), ids);
  const finished = queue.ok
    ? answerOf('actions/finished', await client.actionsFinished(call()), ids)
    : notPolled('the queue could not be read');
  return { queue, finished };
}

/** Queued, finished and unfinished here, or unfinished here and in neither: all that Core waits for, and all queued. */
function askedIds(actionIds: readonly string[], { queue, finished }: Lists): readonly string[] {
  if (!queue.ok || !finished.ok) return [];
  return [...new Set([...actionIds, ...queue.value])].slice(0, MAX_DETAILS);
}

async function readActions(
  client: AgentClient,
  ids: readonly string[],
  call: Call,
): Promise<Readonly<Record<string, ActionAnswer>>> {
  const slots = new Slots(DETAILS_AT_ONCE);
  let left = DETAILS_CHARACTERS;
  const entries = await Promise.all(
    ids.map(id =>
      slots.run(async () => {
        if (left <= 0) return [id, notPolled('the details of other actions were too large')] as const;
        const answer = actionAnswer(id, await client.action(id, call()));
        left -= JSON.stringify(answer).length;
        return [id, answer] as const;
      }),
    ),
  );
  return Object.fromEntries(entries);
}

/** Only a 404 proves that the agent does not have it. */
const actionAnswer = (
  id: string,
  answer: AgentAnswer<NonNullable<Extract<ActionAnswer, { ok: true }>['value']> & object>,
): ActionAnswer =>
  answer.kind === 'notFound'
    ? { ok: true, value: 'absent' }
    : answerOf(`action/${id}`, answer, value => value);
