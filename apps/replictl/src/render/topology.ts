import { actionText, approval } from './action-line.js';
import { age, count } from './age.js';
import { header } from './header.js';
import type { Colour, Paint } from './paint.js';
import { plain } from './paint.js';
import type { NodeView, ReadModelView, ShardView, TopologyView } from './views.js';

interface Branch {
  readonly text: string;
  readonly children: readonly Branch[];
}
interface Group {
  readonly id: string | null;
  readonly desired: number | null;
  readonly nodes: readonly NodeView[];
}

const ROLES: Readonly<Record<string, string>> = {
  PRIMARY: 'primary',
  SECONDARY: 'secondary',
  RECOVERING: 'recovering',
};
const WORST_FIRST: readonly string[] = [
  'UNREACHABLE',
  'UNAVAILABLE',
  'UNHEALTHY',
  'UNKNOWN',
  'INCOMPLETE',
  'NOT_IN_CLUSTER',
  'LEAVING_CLUSTER',
  'JOINING_CLUSTER',
  'NOT_OBSERVED',
  'HEALTHY',
];

/** 0 for the worst. Whoever reads a tree looks at its top. */
function rank(node: NodeView): number {
  if (node.quarantine !== null) return -2;
  if (node.presence === 'MISSING_FROM_PLATFORM') return -1;
  const at = WORST_FIRST.indexOf(node.status);
  return at < 0 ? 0 : at;
}
const primaryFirst = (node: NodeView): number => (node.shards.nodes.some(s => s.role === 'PRIMARY') ? 0 : 1);
const byNode = (a: NodeView, b: NodeView): number =>
  rank(a) - rank(b) ||
  primaryFirst(a) - primaryFirst(b) ||
  (a.nodeId < b.nodeId ? -1 : a.nodeId > b.nodeId ? 1 : 0);

/** Cluster → groups → nodes, problems first, below the header. Text in, text out. */
export function topology(view: TopologyView, readModel: ReadModelView, paint: Paint = plain): string {
  const groups = groupsOf(view);
  const tree = groups.map(group => ({ text: groupLine(group, paint), children: children(group, paint) }));
  const actions = view.actions.nodes.flatMap(a => [
    `  ${actionText(a)} (${a.actionId})`,
    ...approval(a, view).map(command => `    ${command}`),
  ]);
  const empty = tree.length === 0 ? [paint('dim', '  no nodes')] : [];
  return [
    header(view, readModel, paint),
    '',
    `${view.clusterId}  ${totals(view)}`,
    ...drawn(tree, ''),
    ...empty,
    ...(actions.length === 0 ? [] : ['', 'unfinished actions', ...actions]),
  ].join('\n');
}

const totals = ({ counts }: TopologyView): string =>
  `${counts.healthy}/${counts.nodes} healthy, ${count(counts.primaries, 'primary', 'primaries')}, ${count(counts.secondaries, 'secondary', 'secondaries')}`;

function drawn(branches: readonly Branch[], indent: string): string[] {
  return branches.flatMap(({ text, children: below }, index) => {
    const last = index === branches.length - 1;
    return [`${indent}${last ? '└─ ' : '├─ '}${text}`, ...drawn(below, `${indent}${last ? '   ' : '│  '}`)];
  });
}

function groupsOf(view: TopologyView): readonly Group[] {
  const desired = desiredCounts(view.spec);
  const ids = new Set<string | null>([...desired.keys(), ...view.nodes.nodes.map(n => n.group)]);
  const worst = (group: Group): number => {
    const short = group.desired !== null && group.nodes.length < group.desired ? 0 : WORST_FIRST.length;
    return Math.min(short, ...group.nodes.map(rank));
  };
  return [...ids]
    .map(id => ({
      id,
      desired: id === null ? null : (desired.get(id) ?? null),
      nodes: view.nodes.nodes.filter(n => n.group === id).sort(byNode),
    }))
    .sort((a, b) => worst(a) - worst(b) || ((a.id ?? '~') < (b.id ?? '~') ? -1 : 1));
}

/** `declaration.definition.nodes.<group>.desired_count`, read tolerantly: the document is the server's. */
function desiredCounts(spec: unknown): ReadonlyMap<string, number> {
  const at = (from: unknown, key: string): unknown =>
    typeof from === 'object' && from !== null ? Reflect.get(from, key) : undefined;
  const groups = at(at(at(spec, 'declaration'), 'definition'), 'nodes');
  if (typeof groups !== 'object' || groups === null) return new Map();
  return new Map(
    Object.entries(groups).flatMap(([id, group]): [string, number][] => {
      const wanted = at(group, 'desired_count');
      return typeof wanted === 'number' ? [[id, wanted]] : [];
    }),
  );
}

function groupLine(group: Group, paint: Paint): string {
  const name = group.id ?? '(no group)';
  if (group.desired === null) return `${name}  ${count(group.nodes.length, 'node')}`;
  const short = group.nodes.length !== group.desired;
  return `${name}  ${paint(short ? 'yellow' : 'dim', `${group.nodes.length} of ${group.desired} nodes`)}`;
}

function children(group: Group, paint: Paint): readonly Branch[] {
  const missing = (group.desired ?? 0) - group.nodes.length;
  const wanted =
    missing > 0 ? [{ text: paint('dim', `○ ${count(missing, 'more node')} wanted`), children: [] }] : [];
  return [...group.nodes.map(node => ({ text: nodeLine(node, paint), children: [] })), ...wanted];
}

function nodeLine(node: NodeView, paint: Paint): string {
  const [sign, colour] = signOf(node);
  const status = node.status === 'UNKNOWN' ? `UNKNOWN (${node.unknownStatus ?? 'no reason'})` : node.status;
  const parts = [
    paint(colour, `${sign} ${node.nodeId}  ${status}`),
    ...shardParts(node.shards.nodes),
    node.presence === 'MISSING_FROM_PLATFORM' ? paint('red', 'MISSING_FROM_PLATFORM') : undefined,
    node.quarantine === null ? undefined : paint('red', `quarantined: ${node.quarantine}`),
    node.addresses?.client ?? undefined,
    paint('dim', node.ageSeconds === null ? 'never polled' : `seen ${age(node.ageSeconds)} ago`),
    errorMessage(node.error),
  ];
  return parts.filter(part => part !== undefined && part !== '').join('  ');
}

function signOf(node: NodeView): readonly [string, Colour] {
  if (node.quarantine !== null || node.presence === 'MISSING_FROM_PLATFORM') return ['✗', 'red'];
  if (node.status === 'HEALTHY') return ['●', 'green'];
  if (['UNREACHABLE', 'UNAVAILABLE', 'UNHEALTHY', 'UNKNOWN'].includes(node.status)) return ['✗', 'red'];
  return ['◐', 'yellow'];
}

function shardParts(shards: readonly ShardView[]): readonly string[] {
  return shards.map(shard => {
    const role = ROLES[shard.role] ?? shard.otherRole ?? shard.role.toLowerCase();
    const lag = shard.lag === null ? '' : ` lag ${shard.lag.value} ${shard.lag.unit}`;
    const name = shards.length > 1 ? `${shard.shardId}: ` : '';
    return `${name}${role}${lag}${shard.fresh ? '' : ' (last known)'}`;
  });
}

/** The message of a stored error document, on one line. */
function errorMessage(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const [message, cause] = [
    Reflect.get(error, 'error_msg') as unknown,
    Reflect.get(error, 'error_cause') as unknown,
  ];
  const text = [message, cause].filter((t): t is string => typeof t === 'string').join(': ');
  return text.replace(/\s+/g, ' ').slice(0, 200);
}
