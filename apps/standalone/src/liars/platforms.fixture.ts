import { type Behaviour, drip, flood, hang, json } from './peer.fixture.js';

interface Shown {
  readonly cluster_id: string;
  readonly nodes: readonly { readonly node_id: string; readonly agent_address: string }[];
}

export const platformOf = (clusters: (discovery: number) => readonly Shown[]): Behaviour => {
  let discoveries = 0;
  return ({ path }, response) => {
    if (path !== 'discover') return json(response, { error: true, error_msg: 'not asked for' }, 500);
    discoveries += 1;
    json(response, {
      clusters: clusters(discoveries).map(({ cluster_id, nodes }) => ({
        cluster_id,
        nodes: nodes.map(node => ({ ...node, node_class: 'simulated', node_group: 'main' })),
      })),
    });
  };
};

export interface LyingPlatform {
  readonly behave: Behaviour;
  /** How it is shown as failing; `null`: its answers are read. */
  readonly failing: string | null;
  readonly words: RegExp;
}

export const LYING_PLATFORMS: Readonly<Record<string, LyingPlatform>> = {
  'p-hung': { behave: hang, failing: 'timeout', words: /no whole answer within \d+ ms/ },
  'p-drip': { behave: drip, failing: 'timeout', words: /no whole answer within \d+ ms/ },
  'p-flood': { behave: flood, failing: 'invalid', words: /larger than \d+ bytes/ },
  'p-json': {
    behave: (_request, response) => json(response, '{"clusters": ['),
    failing: 'invalid',
    words: /is not JSON/,
  },
  'p-types': {
    behave: (_request, response) => json(response, { clusters: 'many' }),
    failing: 'invalid',
    words: /clusters expected a list/,
  },
  'p-broken': {
    behave: (_request, response) => json(response, { error: true, error_msg: 'no quota' }, 500),
    failing: 'refused',
    words: /no quota/,
  },
};
