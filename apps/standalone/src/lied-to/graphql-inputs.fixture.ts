import { hostileJson, hostileText, singleFieldMutation, unicodeText } from '@replicante/testing';
import fc from 'fast-check';

/** One request to /graphql. */
export interface GraphqlInput {
  readonly method: 'GET' | 'POST';
  readonly contentType: string;
  /** Body of a POST, query string of a GET. */
  readonly text: string;
  /** It is right: data is answered, and no error. */
  readonly valid: boolean;
}

interface Asked {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}
const OF = { nsId: 'default', clusterId: 'c' };
const PAGE = 'pageInfo { hasNextPage endCursor }';
const VALID: readonly Asked[] = [
  { query: '{ status { head readModel { name lag } } }', variables: {} },
  {
    query: `query ($n: Int, $a: String) { namespaces(first: $n, after: $a) { nodes { id status } ${PAGE} } }`,
    variables: { n: 5, a: null },
  },
  {
    query: 'query ($id: ID!) { namespace(id: $id) { id document platforms(first: 2) { nodes { name } } } }',
    variables: { id: 'default' },
  },
  {
    query:
      'query ($nsId: ID!, $clusterId: ID!) { cluster(nsId: $nsId, clusterId: $clusterId) { mark spec nodes(first: 3) { nodes { nodeId } } } }',
    variables: OF,
  },
  {
    query: `query ($f: ClusterFilter, $nsId: ID) { clusters(nsId: $nsId, filter: $f, first: 10) { nodes { clusterId } ${PAGE} } }`,
    variables: { f: null, nsId: 'default' },
  },
  {
    query:
      'query ($nsId: ID!, $clusterId: ID!, $nodeId: ID!) { node(nsId: $nsId, clusterId: $clusterId, nodeId: $nodeId) { nodeId } }',
    variables: { ...OF, nodeId: 'n' },
  },
  {
    query: `query ($f: ActionFilter, $n: Int) { actions(filter: $f, first: $n) { nodes { kind phase } ${PAGE} } }`,
    variables: { f: { finished: false, kind: 'x' }, n: 3 },
  },
  {
    query:
      'query ($nsId: ID!, $clusterId: ID!, $f: DecisionFilter) { decisions(nsId: $nsId, clusterId: $clusterId, filter: $f) { nodes { rule } } }',
    variables: { ...OF, f: { rule: 'r', subject: 's' } },
  },
  {
    query: `query ($f: EventFilter, $b: Boolean) { events(filter: $f, newestFirst: $b, first: 2) { nodes { id data } ${PAGE} } }`,
    variables: { f: { nsId: 'default', clusterId: 'c' }, b: true },
  },
  {
    query: 'query ($id: ID!, $at: AtPosition) { event(id: $id, at: $at) { id } }',
    variables: { id: 'e', at: null },
  },
  {
    query:
      'query ($nsId: ID!, $name: ID!) { platform(nsId: $nsId, name: $name) { name ...all } } fragment all on Platform { active document }',
    variables: { nsId: 'default', name: 'p' },
  },
];

const JSON_TYPE = 'application/json';
const post = (body: unknown, valid = false): GraphqlInput => ({
  method: 'POST',
  contentType: JSON_TYPE,
  text: JSON.stringify(body) ?? '',
  valid,
});
const anyAsked = fc.constantFrom(...VALID);

const valid = fc.tuple(anyAsked, fc.boolean()).map(([asked, get]): GraphqlInput => {
  const { query, variables } = asked;
  if (!get) return post(asked, true);
  const text = new URLSearchParams({ query, variables: JSON.stringify(variables) }).toString();
  return { method: 'GET', contentType: '', text, valid: true };
});

/** One variable wrong, or one member of the body. */
const mutated = fc.oneof(
  ...VALID.map(asked => singleFieldMutation(asked).map(({ document }) => post(document))),
);

const TOKENS = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  '!',
  '$',
  '@',
  '"',
  '"""',
  '#',
  '...',
  ':',
  '@include(if: $x)',
  '@skip(if: true)',
];
const WORDS = [
  '__typename',
  '__schema { types { name } }',
  'nope',
  'fragment f on Query { ...f }',
  'mutation { x }',
  '1e999',
  '2147483648',
  'null',
  'first: -1',
  'first: 201',
  'after: "zzz"',
  '\\u0000',
  '\ufeff',
];
const asText = fc
  .tuple(
    anyAsked,
    fc.nat(300),
    fc.nat(12),
    fc.oneof(
      fc.constantFrom(...TOKENS, ...WORDS),
      hostileText.map(text => text.slice(0, 400)),
    ),
  )
  .map(([{ query, variables }, at, gone, noise]) => {
    const place = at % query.length;
    return post({ query: query.slice(0, place) + noise + query.slice(place + gone), variables });
  });

const argument = fc
  .tuple(
    fc.constantFrom(
      'namespaces(first: %)',
      'namespaces(after: %)',
      'namespaces(at: { position: %, timeoutMs: 5 })',
      'namespaces(at: { position: "5", timeoutMs: % })',
      'events(filter: { type: % })',
      'events(filter: %)',
      'clusters(filter: %)',
      'actions(filter: { nodeId: % })',
      'nodes(nsId: %)',
    ),
    fc.oneof(
      hostileJson.map(value => JSON.stringify(value) ?? ''),
      fc.constantFrom('Active', '{a: 1}', '{a: {b: [1]}}', '[[[1]]]', '$nope', '""""""'),
    ),
  )
  .map(([field, value]) =>
    post({ query: `{ ${field.replace('%', () => value)} { nodes { __typename } } }` }),
  );

const bombs = fc.constantFrom(
  `{ ${Array.from({ length: 2_000 }, (_, n) => `a${n}: status { head }`).join(' ')} }`,
  `{ namespaces { nodes ${'{ ... on Namespace '.repeat(90)} id ${'}'.repeat(90)} } }`,
  `{ event(id: ${'['.repeat(5_000)}1${']'.repeat(5_000)}) { id } }`,
  `{ ...a ...a } fragment a on Query { ...b ...b } fragment b on Query { ...c ...c } fragment c on Query { ...a status { head } }`,
  `{ clusters(first: 200) { nodes { nodes(first: 200) { nodes { actions(first: 200) { nodes { kind } } } } } } }`,
  `query(${Array.from({ length: 500 }, (_, n) => `$v${n}: Int = ${n}`).join(', ')}) { status { head } }`,
  `{ status ${'@include(if: true) '.repeat(1_000)} { head } }`,
  `${'query a { status { head } } '.repeat(120)}`,
  ' '.repeat(250_000),
);

const bodies = fc
  .tuple(
    fc.constantFrom('POST' as const, 'POST' as const, 'GET' as const),
    fc.constantFrom(
      JSON_TYPE,
      'application/graphql',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-16',
      '',
      'x',
    ),
    fc.oneof(
      fc.json({ maxDepth: 4 }),
      unicodeText(200),
      fc.constantFrom(
        '{',
        '[]',
        '[{"query":"{ status { head } }"}]',
        'null',
        '"x"',
        '{"query":null}',
        '{"query":{"kind":"Document"}}',
        '{"query":"{ status { head } }","operationName":5}',
        '{"query":"{ status { head } }","operationName":"nope"}',
        '{"query":"{ status { head } }","variables":"x"}',
        '{"query":"{ status { head } }","extensions":[]}',
        '{"persisted":true,"query":"x"}',
        '{"__proto__":{"query":"{ status { head } }"}}',
      ),
      fc.constantFrom(
        'query=%7B',
        'query[]=a&query[]=b',
        'query={status{head}}&variables={',
        'query={status{head}}&variables=5',
        'query={status{head}}&operationName=x',
        'query=%ff%fe',
        'query=mutation{x}',
        'extensions={"persistedQuery":{"sha256Hash":"x"}}',
      ),
    ),
  )
  .map(([method, contentType, text]): GraphqlInput => {
    const written =
      method === 'GET' && !text.includes('%') ? encodeURI(text) : text.replace(/[^\x21-\x7e]/g, '');
    return { method, contentType, text: method === 'GET' ? written : text, valid: false };
  });

export const graphqlInputs: fc.Arbitrary<GraphqlInput> = fc.oneof(
  { weight: 350, arbitrary: mutated },
  { weight: 150, arbitrary: argument },
  { weight: 190, arbitrary: asText },
  { weight: 100, arbitrary: bodies },
  { weight: 5, arbitrary: bombs.map(query => post({ query })) },
  { weight: 200, arbitrary: valid },
);
