import { page } from './program.fixture.js';
import {
  decisionView,
  eventView,
  nodeView,
  readModel,
  topologyView,
} from './render/example-views.fixture.js';

const whole = {
  ...topologyView([nodeView('pg-1', 'PRIMARY')]),
  nodes: page([]),
  actions: page([]),
  spec: {},
  revision: 3,
  discovery: { platform: { nsId: 'default', name: 'pg' }, changedAt: '2026-01-01T00:00:00Z', nodes: [] },
  report: { mode: 'sync', startTime: '2026-01-01T00:00:00Z', recordedAt: '2026-01-01T00:00:00Z', notes: [] },
};
const action = {
  nsId: 'default',
  clusterId: 'pg',
  actionId: '0a',
  scope: 'NODE',
  nodeId: 'n',
  kind: 'k',
  phase: 'NEW',
  finished: false,
  createdAt: '2026-01-01T00:00:00Z',
  finishedAt: null,
  revision: 1,
  updatedAt: '2026-01-01T00:00:00Z',
  metadata: {},
};
const node = {
  ...nodeView('pg', 'PRIMARY'),
  nsId: 'default',
  clusterId: 'pg',
  addresses: { client: null, member: null, other: {} },
  shards: page([]),
  attributes: {},
  volatileAttributes: {},
  absences: 0,
};
/** Something for every query of replictl, so that what is asked rightly is answered. */
export const liedToRows = {
  status: {
    readModel: { ...readModel, name: 'r', deadLetters: 0 },
    subscriptions: [],
    leases: null,
    members: null,
    queue: null,
    head: '42',
  },
  namespaces: page([]),
  namespace: { document: { id: 'pg' } },
  platforms: page([]),
  platform: {
    document: {},
    deleted: false,
    failing: null,
    suspect: null,
    view: { clusters: [], rejectedClusterIds: [], idempotencyKeys: false, changedAt: null },
  },
  clusters: page([whole]),
  cluster: whole,
  nodes: page([]),
  node,
  actions: page([]),
  action,
  decisions: page([decisionView]),
  decisionHistory: page([decisionView]),
  events: page([eventView(1)]),
  event: null,
};
