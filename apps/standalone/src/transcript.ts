/*
 * What the quickstart shows on plain output: one line for each thing that happened to clusters and platforms, told
 * from the same CloudEvents that any subscriber gets.
 */

type Data = Readonly<Record<string, unknown>>;

const at = (from: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    from,
  );
const text = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
const statusText = (status: unknown): string =>
  typeof status === 'object' && status !== null ? `UNKNOWN (${text(at(status, 'UNKNOWN'))})` : text(status);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

type Narrate = (data: Data) => string | undefined;

const action: Narrate = data => {
  const on = text(at(data, 'action', 'node_id'));
  const kind = text(at(data, 'action', 'kind')).replace(/^.*\//, '');
  const phase = text(at(data, 'action', 'state', 'phase') ?? at(data, 'action', 'state'));
  return `${kind}${on === '' ? '' : ` on ${on}`}: ${phase}`;
};

const NARRATIONS: Readonly<Record<string, Narrate>> = {
  'cluster.ClusterSpecApplied.v1': data =>
    `${text(at(data, 'spec', 'ns_id'))}/${text(at(data, 'spec', 'cluster_id'))} declared`,
  'cluster.DiscoveryRecorded.v1': data => {
    const before = new Set(list(at(data, 'before', 'nodes')).map(n => at(n, 'node_id')));
    const added = list(at(data, 'discovery', 'nodes'))
      .map(n => at(n, 'node_id'))
      .filter(id => !before.has(id));
    return added.length === 0 ? undefined : `discovered ${added.map(text).join(', ')}`;
  },
  'cluster.NodeAbsenceCounted.v1': data =>
    `${text(data['node_id'])} is missing from its platform (${text(data['absences'])})`,
  'cluster.NodeReappeared.v1': data => `${text(data['node_id'])} is shown by its platform again`,
  'cluster.NodeRemoved.v1': data => `${text(at(data, 'node', 'node_id'))} is gone`,
  'cluster.NodeChanged.v1': data => {
    const before = data['before_status'];
    const now = statusText(at(data, 'node', 'node_status'));
    const id = text(at(data, 'node', 'node_id'));
    const quarantine = data['quarantine'] === null ? '' : `, quarantined: ${text(data['quarantine'])}`;
    if (before === null) return `${id} is ${now}${quarantine}`;
    const same = statusText(before) === now && quarantine === '';
    return same ? undefined : `${id} ${statusText(before)} -> ${now}${quarantine}`;
  },
  'cluster.NodeShardsChanged.v1': data => {
    const roles = list(data['shards'])
      .filter(s => at(s, 'fresh') === true)
      .map(s => text(at(s, 'role')).toLowerCase());
    return roles.length === 0 ? undefined : `${text(data['node_id'])} is ${roles.join(', ')}`;
  },
  'cluster.NodeActionCreated.v1': action,
  'cluster.NodeActionSynced.v1': action,
  'cluster.NodeActionScheduleFailed.v1': action,
  'cluster.OrchestratorActionCreated.v1': action,
  'cluster.OrchestratorActionFinished.v1': action,
  'cluster.ProvisionIntended.v1': data =>
    `asks platform ${text(at(data, 'platform', 'name'))} for a node of group ${text(data['node_group_id'])}`,
  'cluster.ProvisionSettled.v1': data => {
    const ids = list(data['node_ids']).map(text).join(', ');
    return data['outcome'] === 'accepted'
      ? `node provisioned${ids === '' ? '' : `: ${ids}`}`
      : `provisioning ${text(data['outcome'])}`;
  },
  'cluster.DecisionMade.v1': data => {
    const outcome = at(data, 'decision', 'outcome');
    const reason = text(at(data, 'decision', 'reason'));
    const shown = outcome === 'act' || outcome === 'reject' || reason === 'PRIMARY_LOST';
    return shown
      ? `${text(at(data, 'decision', 'rule'))}: ${text(at(data, 'decision', 'message'))}`
      : undefined;
  },
  'platform.PlatformUnavailable.v1': data =>
    `platform ${text(data['name'])} does not answer: ${text(data['kind'])}`,
  'platform.PlatformRecovered.v1': data => `platform ${text(data['name'])} answers again`,
  'platform.PlatformAnswerSuspected.v1': data =>
    `platform ${text(data['name'])} dropped ${list(data['missing']).length} nodes at once: not believed`,
};

/** One line for an event, or nothing for one that a reader of the quickstart need not see. */
export const narrate = (type: string, data: Data): string | undefined => NARRATIONS[type]?.(data);
