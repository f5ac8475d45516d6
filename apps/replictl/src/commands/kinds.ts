import type { ManifestKind } from '@replicante/contracts';
import { MANIFEST_API_VERSION } from '@replicante/contracts';
import { stringify } from 'yaml';
import { say } from '../output/output.js';
import { table, yesNo } from '../output/table.js';
import { age, moment } from '../render/age.js';
import { HandError } from '../output/hand-error.js';
import { actionId } from './action-id.js';
import type { Hand } from './hand.js';
import { argument, optionText, qualified } from './hand.js';
import { allPages, clusterOf, oneObject } from './pages.js';

/** A kind that can be listed and shown. */
export interface Kind {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly list: (hand: Hand) => Promise<void>;
  /** Shows the object of argument `at`. */
  readonly get: (hand: Hand, at: number) => Promise<void>;
}

interface Listed {
  readonly [column: string]: unknown;
}
const word = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
const bool = (value: unknown): string | null => (typeof value === 'boolean' ? yesNo(value) : null);

async function list(
  hand: Hand,
  rows: Promise<readonly Listed[]>,
  headings: readonly string[],
  cells: (row: Listed) => readonly (string | null)[],
): Promise<void> {
  const found = await rows;
  say(hand.io, hand.format, found, () => table(headings, found.map(cells)));
}

/** As it is applied, unchanged: `replictl get cluster pg -o yaml | replictl apply -f -` changes nothing. */
const manifest = (kind: ManifestKind, spec: unknown) => ({ apiVersion: MANIFEST_API_VERSION, kind, spec });

/** An object in full: people read YAML too. */
const show = (hand: Hand, object: unknown): void =>
  say(hand.io, hand.format, object, () => stringify(object));

const namespace: Kind = {
  name: 'namespace',
  aliases: ['ns', 'namespaces'],
  list: hand =>
    list(hand, allPages(hand, 'namespaces', {}), ['NAME', 'STATUS'], row => [
      word(row['id']),
      word(row['status']),
    ]),
  async get(hand, at) {
    const name = argument(hand, at);
    const found = await oneObject<{ document: unknown }>(hand, 'namespace', { name }, [
      'NAMESPACE_NOT_FOUND',
      `no namespace ${name}`,
    ]);
    show(hand, manifest('Namespace', found.document));
  },
};

const platform: Kind = {
  name: 'platform',
  aliases: ['platforms'],
  list: hand =>
    list(
      hand,
      allPages(hand, 'platforms', { ns: hand.namespace }),
      ['NAME', 'ACTIVE', 'INTERVAL', 'STATE'],
      row => [
        word(row['name']),
        bool(row['active']),
        word(row['interval']),
        row['deleted'] === true
          ? 'deleted'
          : row['suspect']
            ? 'suspect answer'
            : row['failing']
              ? 'failing'
              : 'ok',
      ],
    ),
  async get(hand, at) {
    const { ns, name } = qualified(hand, argument(hand, at));
    const found = await oneObject<unknown>(hand, 'platform', { ns, name }, [
      'PLATFORM_NOT_FOUND',
      `no platform ${ns}/${name}`,
    ]);
    show(hand, found);
  },
};

const cluster: Kind = {
  name: 'cluster',
  aliases: ['clusters', 'clusterspec'],
  list: hand =>
    list(
      hand,
      allPages(hand, 'clusters', { ns: hand.namespace }),
      ['NAME', 'ACTIVE', 'MARK', 'HEALTHY', 'CONVERGED'],
      row => {
        const counts = row['counts'] as { nodes: number; healthy: number };
        const { converged } = row['convergence'] as { converged: boolean };
        return [
          word(row['clusterId']),
          bool(row['active']),
          word(row['mark']),
          `${counts.healthy}/${counts.nodes}`,
          row['evaluated'] === true ? yesNo(converged) : 'not evaluated',
        ];
      },
    ),
  async get(hand, at) {
    const { ns, name } = qualified(hand, argument(hand, at));
    const found = await oneObject<{ spec: unknown }>(hand, 'cluster', { ns, name }, [
      'CLUSTER_NOT_FOUND',
      `no cluster ${ns}/${name}`,
    ]);
    if (found.spec === null)
      throw new HandError('CLUSTER_NOT_FOUND', `cluster ${ns}/${name} has no spec any more`);
    show(hand, manifest('ClusterSpec', found.spec));
  },
};

const node: Kind = {
  name: 'node',
  aliases: ['nodes'],
  list: hand =>
    list(
      hand,
      allPages(hand, 'nodes', { ns: hand.namespace, cluster: optionText(hand, 'cluster') ?? null }),
      ['CLUSTER', 'NODE', 'STATUS', 'GROUP', 'OBSERVER', 'SEEN'],
      row => [
        word(row['clusterId']),
        word(row['nodeId']),
        row['presence'] === 'MISSING_FROM_PLATFORM' ? 'MISSING_FROM_PLATFORM' : word(row['status']),
        word(row['group']),
        word(row['observer']),
        typeof row['ageSeconds'] === 'number' ? `${age(row['ageSeconds'])} ago` : 'never',
      ],
    ),
  async get(hand, at) {
    const name = argument(hand, at);
    const inCluster = await clusterOf(hand);
    const found = await oneObject<unknown>(hand, 'node', { ns: hand.namespace, cluster: inCluster, name }, [
      'NODE_NOT_FOUND',
      `no node ${name} in ${hand.namespace}/${inCluster}`,
    ]);
    show(hand, found);
  },
};

/** `scope` null: both kinds of action. */
function actionKind(name: string, aliases: readonly string[], scope: 'NODE' | 'ORCHESTRATOR' | null): Kind {
  return {
    name,
    aliases,
    list(hand) {
      const unfinished = hand.options['all'] === false || hand.options['unfinished'] === true;
      const filter = {
        ...(scope === null ? {} : { scope }),
        ...(unfinished ? { finished: false } : {}),
        ...(optionText(hand, 'node') === undefined ? {} : { nodeId: optionText(hand, 'node') }),
      };
      const inCluster = optionText(hand, 'cluster') ?? null;
      return list(
        hand,
        allPages(hand, 'actions', { ns: hand.namespace, cluster: inCluster, filter }),
        ['CLUSTER', 'NODE ID', 'ACTION ID', 'KIND', 'STATUS', 'CREATED', 'FINISHED'],
        row => [
          word(row['clusterId']),
          word(row['nodeId']),
          word(row['actionId']),
          word(row['kind']),
          word(row['phase']),
          moment(word(row['createdAt'])),
          moment(word(row['finishedAt'])),
        ],
      );
    },
    async get(hand, at) {
      const inCluster = await clusterOf(hand);
      const id = await actionId(hand, inCluster, argument(hand, at));
      const found = await oneObject<unknown>(
        hand,
        'action',
        { ns: hand.namespace, cluster: inCluster, name: id },
        ['ACTION_NOT_FOUND', `no action ${id} in ${hand.namespace}/${inCluster}`],
      );
      show(hand, found);
    },
  };
}

export const actions = actionKind('action', ['actions'], null);
export const nodeActions = actionKind('n-action', ['na', 'naction'], 'NODE');
export const orchestratorActions = actionKind('o-action', ['oa', 'oaction'], 'ORCHESTRATOR');
export const kinds = { namespace, platform, cluster, node } as const;

const every: readonly Kind[] = [
  namespace,
  platform,
  cluster,
  node,
  actions,
  nodeActions,
  orchestratorActions,
];

export function kindOf(written: string): Kind {
  const wanted = written.toLowerCase();
  const found = every.find(kind => kind.name === wanted || kind.aliases.includes(wanted));
  if (found !== undefined) return found;
  throw new HandError('RESOURCE_NOT_SUPPORTED', `no kind ${JSON.stringify(written)}`, [
    { field: 'KIND', description: `must be one of ${every.map(kind => kind.name).join(', ')}` },
  ]);
}
