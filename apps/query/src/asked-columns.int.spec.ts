import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { graphqlSchemaPath } from '@replicante/contracts';
import { clusterStream, namespaceStream, platformStream } from '@replicante/kernel';
import { putSamples } from '@replicante/read-models';
import {
  buildSchema,
  getNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isLeafType,
  isObjectType,
} from 'graphql';
import { readFileSync } from 'node:fs';
import {
  actionCreated,
  decided,
  DETAILS,
  discovered,
  namespaceApplied,
  nodeChanged,
  NS,
  platformApplied,
  sampleOf,
  shardsChanged,
  specApplied,
} from './fixtures/cluster-events.js';
import { QuerySuite } from './fixtures/query-suite.fixture.js';
import { ACTION } from './objects/action.object.js';
import { CLUSTER } from './objects/cluster.object.js';
import { DECISION, RECORDED_DECISION } from './objects/decision.object.js';
import { EVENT } from './objects/event.object.js';
import { NAMESPACE } from './objects/namespace.object.js';
import { NODE } from './objects/node.object.js';
import { PLATFORM } from './objects/platform.object.js';

const NAME = 'asked';
const CLUSTER_ARGS = `nsId: "${NS}", clusterId: "${NAME}"`;
/** Resolved for themselves, by keys that every row has. */
const KEYED = ['actions', 'clusters', 'counts', 'decisions', 'events', 'nodes', 'platforms'];

const schema = buildSchema(readFileSync(graphqlSchemaPath, 'utf8'));

/** Of a type that is made of columns: where objects of it are read, alone and in a list. */
const ROOTS = [
  { type: 'Namespace', table: NAMESPACE, lists: ['namespaces'], one: `namespace(id: "${NS}")` },
  { type: 'Platform', table: PLATFORM, lists: ['platforms'], one: `platform(nsId: "${NS}", name: "local")` },
  { type: 'Cluster', table: CLUSTER, lists: ['clusters'], one: `cluster(${CLUSTER_ARGS})` },
  { type: 'Node', table: NODE, lists: ['nodes'], one: `node(${CLUSTER_ARGS}, nodeId: "n1")` },
  { type: 'Action', table: ACTION, lists: ['actions'], one: `action(${CLUSTER_ARGS}, actionId: "a1")` },
  { type: 'Event', table: EVENT, lists: [`events(filter: { ${CLUSTER_ARGS} })`, 'events'], one: undefined },
  { type: 'Decision', table: DECISION, lists: [`decisions(${CLUSTER_ARGS})`], one: undefined },
  {
    type: 'Decision',
    table: RECORDED_DECISION,
    lists: [`decisionHistory(${CLUSTER_ARGS})`],
    one: undefined,
  },
] as const;

const fieldsOf = (name: string) => (schema.getType(name) as GraphQLObjectType).getFields();

/** `name { … }` down to its leaves, lists that read for themselves left out. */
function selection(name: string, type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return name;
  if (!isObjectType(named)) throw new Error(`${name} is neither leaf nor object`);
  const below = Object.values(named.getFields()).filter(
    field => !KEYED.includes(field.name) || named.name.endsWith('Connection'),
  );
  return `${name} { ${below
    .filter(f => f.name !== 'edges')
    .map(f => selection(f.name, f.type))
    .join(' ')} }`;
}
/** Grows between two questions. */
const isAge = (field: string) => /[aA]ge|lastCycle/.test(field);

let suite: QuerySuite;
beforeAll(async () => {
  suite = await QuerySuite.start();
  await suite.append(namespaceStream(NS), [namespaceApplied]);
  await suite.append(platformStream(NS, 'local'), [platformApplied]);
  const position = await suite.append(clusterStream(NS, NAME), [
    specApplied(NAME),
    discovered(NAME, ['n1', 'n2']),
    nodeChanged(NAME, 'n1', 'HEALTHY', DETAILS),
    shardsChanged(NAME, 'n1', 'Primary'),
    actionCreated(NAME, 'n1', 'a1'),
    decided(NAME, 'IN_GRACE', 0),
    decided(NAME, 'AT_DESIRED_COUNT', 0),
  ]);
  await suite.ask('query ($at: AtPosition) { namespaces(at: $at) { nodes { id } } }', { at: { position } });
  const seen = { node_id: 'n1', node_status: 'HEALTHY', observed_at: new Date().toISOString() } as const;
  const sampled = { ...seen, shards: [], volatile: { load: 0.5 } };
  await putSamples(suite.rows, [sampleOf(NAME, { revision: 6, nodes: [sampled] })]);
});
afterAll(() => suite?.stop());

describe.each(ROOTS)('$type, read for the asked columns only ($lists.0)', ({ type, table, lists, one }) => {
  const fields = Object.values(fieldsOf(type)).filter(f => !KEYED.includes(f.name));

  it('has every field of the schema, or a resolver for it', () => {
    expect(fields.map(f => f.name).filter(name => !table.fields.has(name))).toEqual([]);
  });

  it.each(lists)('answers each field alone as it does among all others: %s', async list => {
    const everything = fields.map(f => selection(f.name, f.type)).join(' ');
    const all = await suite.ask(`{ list: ${list} { nodes { ${everything} } } }`);
    expect(all.errors).toBeUndefined();
    const rows = (all.data?.['list'] as { nodes: Record<string, unknown>[] }).nodes;
    expect(rows.length).toBeGreaterThan(0);
    for (const field of fields.filter(f => !isAge(f.name))) {
      const asked = `${list} { edges { node { ...one } } }`;
      const fragment = `fragment one on ${type} { ${selection(field.name, field.type)} }`;
      const { data, errors } = await suite.ask(`{ list: ${asked} } ${fragment}`);
      expect({ field: field.name, errors }).toEqual({ field: field.name, errors: undefined });
      const { edges } = data?.['list'] as { edges: { node: Record<string, unknown> }[] };
      const without = (value: unknown): unknown =>
        JSON.parse(JSON.stringify(value, (key, v: unknown) => (isAge(key) ? undefined : v)));
      expect(edges.map(e => without(e.node))).toEqual(
        rows.map(row => without({ [field.name]: row[field.name] })),
      );
    }
  });

  it('answers one object like its place in the list', async () => {
    if (one === undefined) return;
    const names = fields.filter(f => isLeafType(getNamedType(f.type)) && !isAge(f.name)).map(f => f.name);
    const { data, errors } = await suite.ask(
      `{ one: ${one} { ${names.join(' ')} } list: ${lists[0]} { nodes { ${names.join(' ')} } } }`,
    );
    expect(errors).toBeUndefined();
    expect((data?.['list'] as { nodes: unknown[] }).nodes).toContainEqual(data?.['one']);
  });
});

describe('a field with a resolver of its own', () => {
  it('has the columns that its resolver reads of the parent', () => {
    expect([...NODE.columnsOf(['shards'])]).toContain('shards');
    expect([...DECISION.columnsOf(['causedEvents'])]).toEqual(['document']);
  });
});
