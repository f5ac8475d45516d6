import { type Asked, type Behaviour, babble, drip, flood, hang, json } from './peer.fixture.js';

const FIVE_MINUTES = 300_000;

/** What an agent says of its node, before it begins to lie. */
interface Telling {
  readonly nodeId: string;
  readonly role?: 'Primary' | 'Secondary';
  /** Milliseconds that its clock is off. */
  readonly clockMs?: number;
  /** Of the whole answer of one endpoint. */
  readonly over?: (path: string, body: Record<string, unknown>, poll: number) => unknown;
  /** Instead of answering; `undefined`: answers. `poll` counts the `info/node` that were asked. */
  readonly instead?: (path: string, poll: number) => Behaviour | undefined;
}

interface Action {
  readonly id: string;
  readonly kind: string;
  readonly args: unknown;
  readonly created_time: string;
  readonly metadata: object;
  readonly scheduled_time: string;
  readonly finished_time: string;
  readonly state: { readonly phase: string; readonly error: null; readonly payload: null };
}

/** A healthy agent in memory, with a place for each lie. Actions that it takes are done at once. */
export function agentOf({ nodeId, role = 'Secondary', clockMs = 0, over, instead }: Telling): Behaviour {
  const actions = new Map<string, Action>();
  let poll = 0;
  const bodyOf = (path: string): Record<string, unknown> | undefined => {
    const list = () => ({
      actions: [...actions.values()].map(a => ({ id: a.id, kind: a.kind, phase: 'DONE' })),
    });
    if (path === 'info/node')
      return {
        address: { client: `${nodeId}:5432`, member: `${nodeId}:5432` },
        agent_version: { checkout: 'c', number: '1.0.0', taint: '' },
        attributes: {},
        node_id: nodeId,
        node_status: 'HEALTHY',
        store_id: 'postgresql',
        store_version: { number: '18.0', checkout: null, extra: null },
      };
    if (path === 'info/store')
      return { cluster_id: 'fleet', attributes: { store_identity: '7300000000000000001' } };
    if (path === 'info/shards')
      return {
        shards: [{ id: 'postgresql', role, commit_offset: { unit: { unit: 'bytes' }, value: 7 }, lag: null }],
      };
    if (path === 'actions/queue') return { actions: [] };
    if (path === 'actions/finished') return list();
    const action = actions.get(path.replace('action/', ''));
    return action && { ...action };
  };
  const take = ({ body }: Asked, response: Parameters<Behaviour>[1]): void => {
    const asked = JSON.parse(body) as Action;
    const now = new Date(Date.now() + clockMs).toISOString();
    actions.set(asked.id, {
      ...asked,
      created_time: now,
      scheduled_time: now,
      finished_time: now,
      state: { phase: 'DONE', error: null, payload: null },
    });
    json(response, { id: asked.id });
  };
  return (request, response) => {
    if (request.path === 'info/node') poll += 1;
    const lie = instead?.(request.path, poll);
    if (lie) return lie(request, response);
    if (request.method === 'POST') return take(request, response);
    const body = bodyOf(request.path);
    if (!body) return json(response, { error: true, error_msg: 'no such action' }, 404);
    response.setHeader('date', new Date(Date.now() + clockMs).toUTCString());
    json(response, over?.(request.path, body, poll) ?? body);
  };
}

const at =
  (endpoint: string, lie: Behaviour): NonNullable<Telling['instead']> =>
  path =>
    path === endpoint ? lie : undefined;
const saying =
  (endpoint: string, change: (poll: number) => object): NonNullable<Telling['over']> =>
  (path, body, poll) =>
    path === endpoint ? { ...body, ...change(poll) } : body;
const slowly =
  (ms: number): Behaviour =>
  (_request, response) =>
    void setTimeout(() => json(response, {}), ms);
const notJson: Behaviour = (_request, response) => json(response, '{"node_id": "half of a docu');
const broken: Behaviour = (_request, response) =>
  json(response, { error: true, error_msg: 'the disk is on fire' }, 500);

/** One kind of lie, and how the one node is to be shown that tells it. */
export interface Liar {
  readonly telling: Omit<Telling, 'nodeId'>;
  readonly status: string;
  /** Said of it in topology, report and explain: endpoint and kind of fault. */
  readonly words: RegExp;
  /** In the header of topology and explain as well; one that flaps is said there with its present state. */
  readonly impostor?: true;
}

export const LIARS: Readonly<Record<string, Liar>> = {
  'l-slow': {
    telling: { instead: at('info/store', slowly(5_000)) },
    status: 'INCOMPLETE',
    words: /info\/store: .*deadline.*no complete answer within \d+ ms/,
  },
  'l-drip': {
    telling: { instead: at('info/node', drip) },
    status: 'UNREACHABLE',
    words: /info\/node: .*deadline/,
  },
  'l-hung': { telling: { instead: () => hang }, status: 'UNREACHABLE', words: /info\/node: .*deadline/ },
  'l-flood': {
    telling: { instead: at('info/node', flood) },
    status: 'UNREACHABLE',
    words: /info\/node: .*size.*larger than \d+ bytes/,
  },
  'l-flood-shards': {
    telling: { instead: at('info/shards', flood) },
    status: 'INCOMPLETE',
    words: /info\/shards: .*size.*larger than \d+ bytes/,
  },
  'l-types': {
    telling: { over: saying('info/node', () => ({ node_id: 7, attributes: [], node_status: null })) },
    status: 'UNREACHABLE',
    words: /info\/node: invalid answer.*node_id expected a text/,
  },
  'l-json': {
    telling: { instead: at('info/node', notJson) },
    status: 'UNREACHABLE',
    words: /info\/node: invalid answer.*is not JSON/,
  },
  'l-babble': {
    telling: { instead: at('info/node', babble) },
    status: 'UNREACHABLE',
    words: /info\/node: .*(protocol|connection)/,
  },
  'l-broken': {
    telling: { instead: at('info/node', broken) },
    status: 'UNREACHABLE',
    words: /info\/node: refused with 500: the disk is on fire/,
  },
  'l-other-node': {
    telling: { over: saying('info/node', () => ({ node_id: 'h-2' })) },
    status: 'UNKNOWN',
    words: /answers as node 'h-2'/,
    impostor: true,
  },
  'l-other-cluster': {
    telling: { over: saying('info/store', () => ({ cluster_id: 'elsewhere' })) },
    status: 'UNKNOWN',
    words: /the store says cluster 'elsewhere'/,
    impostor: true,
  },
  'l-other-data': {
    telling: { over: saying('info/store', () => ({ attributes: { store_identity: '666' } })) },
    status: 'UNKNOWN',
    words: /the data has identity 666/,
    impostor: true,
  },
  'l-no-identity': {
    telling: { over: saying('info/store', () => ({ attributes: {} })) },
    status: 'INCOMPLETE',
    words: /info\/store: attribute store_identity is missing/,
  },
  'l-flaps': {
    telling: { over: saying('info/node', poll => ({ node_status: poll % 2 ? 'HEALTHY' : 'UNHEALTHY' })) },
    status: 'UNKNOWN',
    words: /FLAPPING|flapping/,
  },
  'l-changes-its-lie': {
    telling: {
      instead: (path, poll) =>
        path === 'info/node' ? [notJson, undefined, flood, broken, undefined, babble][poll % 6] : undefined,
    },
    status: 'UNKNOWN',
    words: /FLAPPING|flapping/,
  },
  'l-babbling-attributes': {
    telling: { over: saying('info/node', poll => ({ attributes: { [`name-${poll}`]: poll } })) },
    status: 'UNKNOWN',
    words: /FLAPPING|flapping/,
  },
  'l-clock-fast': { telling: { clockMs: FIVE_MINUTES }, status: 'HEALTHY', words: /l-clock-fast/ },
  'l-clock-slow': { telling: { clockMs: -FIVE_MINUTES }, status: 'HEALTHY', words: /l-clock-slow/ },
};
