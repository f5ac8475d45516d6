import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AttributeValue, Attributes } from './attribute.js';
import type { NodeStatus } from './node.js';
import type { Matcher, NodeSearch } from './node-search.js';
import type { SearchableNode } from './select-nodes.js';
import { nodeAttribute, selectNodes } from './select-nodes.js';
import type { ShardRole } from './shard.js';

const ids = { ns_id: 'ns', cluster_id: 'c' } as const;

const nodeOf = (
  node_id: string,
  attributes: Attributes = {},
  roles: readonly ShardRole[] = [],
  node_status: NodeStatus = 'HEALTHY',
): SearchableNode => ({
  node: {
    ...ids,
    node_id,
    node_status,
    details: {
      address: { client: 'client:1', member: null, admin: 'admin:1' },
      agent_version: { checkout: 'abc', number: '1.2', taint: 'yes' },
      attributes,
      store_id: 'store',
      store_version: { checkout: null, number: '18', extra: 'beta' },
    },
  },
  shards: roles.map((role, i) => ({
    ...ids,
    node_id,
    shard_id: `s${i}`,
    commit_offset: null,
    lag: null,
    fresh: true,
    role,
  })),
});

const withoutDetails = (node_id: string): SearchableNode => ({
  node: { ...ids, node_id, node_status: 'UNREACHABLE', details: null },
  shards: [],
});

const searchOf = (search: Partial<NodeSearch> = {}): NodeSearch => ({
  matches: {},
  max_results: null,
  sort_by: [],
  ...search,
});
const found = (search: Partial<NodeSearch>, nodes: readonly SearchableNode[]): readonly string[] =>
  selectNodes(searchOf(search), nodes).map(n => n.node.node_id);
const matches = (matcher: Matcher, attributes: Attributes): boolean =>
  found({ matches: { x: matcher } }, [nodeOf('n', attributes)]).length === 1;

describe('an attribute of a node', () => {
  const node = nodeOf('n1', { zone: 'a', none: null }, ['Primary', { Other: 'arbiter' }]);
  it.each<[string, AttributeValue | undefined]>([
    ['ns_id', 'ns'],
    ['cluster_id', 'c'],
    ['node_id', 'n1'],
    ['node_status', 'HEALTHY'],
    ['address.client', 'client:1'],
    ['address.admin', 'admin:1'],
    ['address.member', undefined],
    ['address.other', undefined],
    ['address.toString', undefined],
    ['address.constructor', undefined],
    ['agent_version', '1.2'],
    ['agent_version.number', '1.2'],
    ['agent_version.checkout', 'abc'],
    ['agent_version.taint', 'yes'],
    ['store_id', 'store'],
    ['store_version', '18'],
    ['store_version.number', '18'],
    ['store_version.checkout', undefined],
    ['store_version.extra', 'beta'],
    ['shard.count.primary', 1],
    ['shard.count.secondary', 0],
    ['shard.count.recovering', 0],
    ['shard.count.arbiter', 1],
    ['shard.count.witness', undefined],
    ['zone', 'a'],
    ['none', null],
    ['absent', undefined],
    ['toString', undefined],
    ['__proto__', undefined],
  ])('%s is %j', (name, value) => {
    expect(nodeAttribute(name, node)).toBe(value);
  });

  it('is the reason alone when the status is UNKNOWN', () => {
    expect(nodeAttribute('node_status', nodeOf('n', {}, [], { UNKNOWN: 'flux' }))).toBe('flux');
  });

  it('is the own field, never an attribute of the agent that has its name', () => {
    expect(nodeAttribute('node_id', nodeOf('n', { node_id: 'forged' }))).toBe('n');
  });

  it('counts the shards of each role by itself', () => {
    const node = nodeOf('n', {}, ['Secondary', 'Recovering', 'Secondary', 'Primary', { Other: 'arbiter' }]);
    const roles = ['primary', 'secondary', 'recovering', 'arbiter'];
    expect(roles.map(role => nodeAttribute(`shard.count.${role}`, node))).toEqual([1, 2, 1, 1]);
  });

  it('is the checkout of the store where the agent tells it', () => {
    const { node, shards } = nodeOf('n');
    const store_version = { checkout: 'def', number: '18', extra: null };
    const told = { ...node, details: node.details && { ...node.details, store_version } };
    expect(nodeAttribute('store_version.checkout', { node: told, shards })).toBe('def');
  });

  it.each([
    'address.client',
    'agent_version',
    'agent_version.number',
    'agent_version.checkout',
    'agent_version.taint',
    'store_id',
    'store_version',
    'store_version.number',
    'store_version.checkout',
    'store_version.extra',
    'zone',
    'shard.count.primary',
  ])('%s is missing, not zero or empty, of a node without details or shards', name => {
    expect(nodeAttribute(name, withoutDetails('n'))).toBeUndefined();
  });
});

describe('a matcher', () => {
  const present: Attributes = { x: 1 };
  const nulled: Attributes = { x: null };
  const missing: Attributes = {};
  it.each<[string, Matcher, Attributes, boolean]>([
    ['Eq an equal value', { op: 'Eq', value: 1 }, present, true],
    ['Eq another value', { op: 'Eq', value: 2 }, present, false],
    ['Eq null of null', { op: 'Eq', value: null }, nulled, true],
    ['Eq on a missing attribute', { op: 'Eq', value: 1 }, missing, false],
    ['Eq null on a missing attribute', { op: 'Eq', value: null }, missing, false],
    ['Eq without operand', { op: 'Eq' }, present, false],
    ['Ne another value', { op: 'Ne', value: 2 }, present, true],
    ['Ne the value', { op: 'Ne', value: 1 }, present, false],
    ['Ne on a missing attribute', { op: 'Ne', value: 1 }, missing, false],
    ['Ne without operand', { op: 'Ne' }, present, false],
    ['In with the value', { op: 'In', values: [3, 1] }, present, true],
    ['In without the value', { op: 'In', values: [3] }, present, false],
    ['In nothing', { op: 'In', values: [] }, present, false],
    ['In on a missing attribute', { op: 'In', values: [1] }, missing, false],
    ['In without operand', { op: 'In' }, present, false],
    ['NotIn without the value', { op: 'NotIn', values: [3] }, present, true],
    ['NotIn with the value', { op: 'NotIn', values: [1] }, present, false],
    ['NotIn nothing', { op: 'NotIn', values: [] }, present, true],
    ['NotIn on a missing attribute', { op: 'NotIn', values: [3] }, missing, false],
    ['NotIn without operand', { op: 'NotIn' }, present, false],
    ['Set', { op: 'Set' }, present, true],
    ['Set of null', { op: 'Set' }, nulled, true],
    ['Set on a missing attribute', { op: 'Set' }, missing, false],
    ['Unset', { op: 'Unset' }, present, false],
    ['Unset of null', { op: 'Unset' }, nulled, false],
    ['Unset on a missing attribute', { op: 'Unset' }, missing, true],
    ['a scalar as equality', 1, present, true],
    ['null as equality', null, nulled, true],
    ['a list as membership', [2, 1], present, true],
    ['an empty list', [], present, false],
  ])('%s', (_title, matcher, attributes, expected) => {
    expect(matches(matcher, attributes)).toBe(expected);
  });

  it.each<[AttributeValue, AttributeValue]>([
    [1, '1'],
    [0, false],
    [1, true],
    ['', false],
    [null, false],
    [null, 0],
    [null, ''],
    ['null', null],
  ])('never takes %j for %j', (value, x) => {
    expect([matches(value, { x }), matches([value], { x }), matches({ op: 'Ne', value }, { x })]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('goes on with the others after Unset on a missing attribute', () => {
    const nodes = [nodeOf('n1', { zone: 'a' }), nodeOf('n2', { zone: 'b' })];
    expect(found({ matches: { gone: { op: 'Unset' }, zone: 'b' } }, nodes)).toEqual(['n2']);
    expect(found({ matches: { zone: 'b', gone: { op: 'Unset' } } }, nodes)).toEqual(['n2']);
  });

  it('counts only together with all the others', () => {
    const nodes = [nodeOf('n1', { zone: 'a', size: 1 }), nodeOf('n2', { zone: 'a', size: 2 })];
    expect(found({ matches: { zone: 'a', size: 2 } }, nodes)).toEqual(['n2']);
    expect(found({ matches: {} }, nodes)).toEqual(['n1', 'n2']);
  });

  it('of Ne 0 primaries leaves out nodes that show no shard at all', () => {
    const nodes = [nodeOf('n1'), nodeOf('n2', {}, ['Secondary']), nodeOf('n3', {}, ['Primary'])];
    expect(found({ matches: { 'shard.count.primary': { op: 'Ne', value: 0 } } }, nodes)).toEqual(['n3']);
  });
});

describe('the order of what is found', () => {
  const valued = (...values: readonly (AttributeValue | undefined)[]): readonly SearchableNode[] =>
    values.map((value, i) => nodeOf(`n${i}`, value === undefined ? {} : { x: value }));

  it.each([['x'], ['+x']])('is ascending for %s', entry => {
    expect(found({ sort_by: [entry] }, valued(2, 10, 1))).toEqual(['n2', 'n0', 'n1']);
  });

  it('is descending for -x', () => {
    expect(found({ sort_by: ['-x'] }, valued(2, 10, 1))).toEqual(['n1', 'n0', 'n2']);
  });

  it.each(['x', '-x'])('has nodes with the value first, whatever the direction: %s', entry => {
    expect(found({ sort_by: [entry] }, valued(undefined, 5, undefined))).toEqual(['n1', 'n0', 'n2']);
  });

  it('has numbers before strings before booleans before null, reversed when descending', () => {
    const nodes = valued(null, true, 'a', 1);
    expect(found({ sort_by: ['x'] }, nodes)).toEqual(['n3', 'n2', 'n1', 'n0']);
    expect(found({ sort_by: ['-x'] }, nodes)).toEqual(['n0', 'n1', 'n2', 'n3']);
  });

  it('compares numbers as numbers, fractions among whole ones', () => {
    expect(found({ sort_by: ['x'] }, valued(2, 1.5, -1))).toEqual(['n2', 'n1', 'n0']);
  });

  it('compares strings by code point, not by UTF-16 unit and not by locale', () => {
    expect(found({ sort_by: ['x'] }, valued('\u{1F600}', '\uFF5E', 'a', 'B', 'aa'))).toEqual([
      'n3',
      'n2',
      'n4',
      'n1',
      'n0',
    ]);
  });

  it('has false before true', () => {
    expect(found({ sort_by: ['x'] }, valued(true, false))).toEqual(['n1', 'n0']);
  });

  it('goes on to the next entry on a tie, and at last to node_id', () => {
    const nodes = [
      nodeOf('n3', { a: 1, b: 1 }),
      nodeOf('n2', { a: 1, b: 2 }),
      nodeOf('n1', { a: 1, b: 1 }),
      nodeOf('n0', { a: 2, b: 0 }),
    ];
    expect(found({ sort_by: ['a', '-b'] }, nodes)).toEqual(['n2', 'n1', 'n3', 'n0']);
  });

  it('takes a sign at the front only: elsewhere it is part of the name', () => {
    const nodes = [nodeOf('n0', { 'rack-row': 2 }), nodeOf('n1', { 'rack-row': 1 })];
    expect(found({ sort_by: ['rack-row'] }, nodes)).toEqual(['n1', 'n0']);
    expect(found({ sort_by: ['-rack-row'] }, nodes)).toEqual(['n0', 'n1']);
  });

  it('can be by a name that itself begins with a sign', () => {
    const nodes = [nodeOf('n0', { '-x': 2 }), nodeOf('n1', { '-x': 1 })];
    expect(found({ sort_by: ['+-x'] }, nodes)).toEqual(['n1', 'n0']);
  });
});

describe('max_results', () => {
  const nodes = [nodeOf('n2'), nodeOf('n1'), nodeOf('n3')];
  it.each([
    [null, ['n1', 'n2', 'n3']],
    [0, []],
    [1, ['n1']],
    [9, ['n1', 'n2', 'n3']],
  ])('%j leaves %j, cut after sorting', (max_results, expected) => {
    expect(found({ max_results }, nodes)).toEqual(expected);
  });

  it('finds nothing among nothing', () => {
    expect(found({}, [])).toEqual([]);
  });
});

describe('every search', () => {
  const scalar = fc.oneof(
    fc.integer({ min: -2, max: 2 }),
    fc.constantFrom('', 'a', 'b'),
    fc.boolean(),
    fc.constant(null),
  );
  const name = fc.constantFrom('x', 'y', 'node_status', 'shard.count.primary', 'address.client');
  const matcher: fc.Arbitrary<Matcher> = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.record(
      {
        op: fc.constantFrom('Eq', 'Ne', 'In', 'NotIn', 'Set', 'Unset'),
        value: scalar,
        values: fc.array(scalar, { maxLength: 3 }),
      },
      { requiredKeys: ['op'] },
    ),
  );
  const search: fc.Arbitrary<NodeSearch> = fc.record({
    matches: fc.dictionary(name, matcher, { maxKeys: 2 }),
    max_results: fc.option(fc.nat({ max: 5 })),
    sort_by: fc.array(
      fc.tuple(fc.constantFrom('', '+', '-'), name).map(([sign, n]) => sign + n),
      { maxLength: 3 },
    ),
  });
  const nodes = fc
    .array(fc.tuple(fc.dictionary(fc.constantFrom('x', 'y'), scalar), fc.boolean()), { maxLength: 8 })
    .map(all =>
      all.map(([attributes, up], i) => (up ? nodeOf(`n${i}`, attributes) : withoutDetails(`n${i}`))),
    );

  it('answers some of the nodes, each once, within max_results', () => {
    fc.assert(
      fc.property(search, nodes, (asked, all) => {
        const result = selectNodes(asked, all);
        expect(new Set(result).size).toBe(result.length);
        expect(result.every(n => all.includes(n))).toBe(true);
        expect(result.length).toBeLessThanOrEqual(asked.max_results ?? all.length);
      }),
    );
  });

  it('answers the same, in the same order, however the nodes come in', () => {
    fc.assert(
      fc.property(
        search,
        nodes.chain(all => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        (asked, [all, mixed]) => {
          expect(selectNodes(asked, mixed)).toEqual(selectNodes(asked, all));
        },
      ),
    );
  });

  it('leaves the nodes as they were, and of its own answer finds the same', () => {
    fc.assert(
      fc.property(search, nodes, (asked, all) => {
        const before = [...all];
        const once = selectNodes(asked, Object.freeze(all));
        expect(all).toEqual(before);
        expect(selectNodes(asked, once)).toEqual(once);
      }),
    );
  });
});
