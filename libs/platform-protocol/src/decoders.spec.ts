import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  compareFences,
  decodeDeprovisionRequest,
  decodeDiscovery,
  decodeProvisionAnswer,
  decodeProvisionRequest,
  formatFence,
  parseFence,
  platformError,
  readPlatformError,
} from './index.js';

const node = { agent_address: 'http://a:1', node_class: 'c', node_id: 'n-1', node_group: 'g' };
const cluster = { cluster_id: 'pg', nodes: [node] };

describe('a discovery', () => {
  it("keeps the platform's order, ignores unknown fields and takes an absent group as none", () => {
    const second = { ...node, node_id: 'n-0', node_group: undefined, more: 1 };
    expect(decodeDiscovery({ clusters: [{ ...cluster, nodes: [node, second] }], more: {} })).toEqual({
      ok: true,
      value: {
        clusters: [
          {
            cluster_id: 'pg',
            nodes: [node, { agent_address: 'http://a:1', node_class: 'c', node_id: 'n-0', node_group: null }],
          },
        ],
        rejected: [],
      },
    });
  });

  it('with no clusters is a discovery', () => {
    expect(decodeDiscovery({ clusters: [] })).toEqual({ ok: true, value: { clusters: [], rejected: [] } });
  });

  it.each([
    ['an unfit id', { ...cluster, cluster_id: 'a:b' }, 'clusters[1].cluster_id'],
    ['no id', { nodes: [] }, 'clusters[1].cluster_id'],
    ['an id that was reported before', { cluster_id: 'pg', nodes: [] }, 'clusters[1].cluster_id'],
    ['a node reported twice', { cluster_id: 'x', nodes: [node, node] }, 'clusters[1].nodes[1].node_id'],
    [
      'a node without address',
      { cluster_id: 'x', nodes: [{ ...node, agent_address: null }] },
      'clusters[1].nodes[0].agent_address',
    ],
    ['nodes that are no list', { cluster_id: 'x', nodes: {} }, 'clusters[1].nodes'],
    [
      'a NUL',
      { cluster_id: 'x', nodes: [{ ...node, node_class: 'a\0' }] },
      'clusters[1].nodes[0].node_class',
    ],
  ])('rejects only the cluster with %s', (_what, bad, path) => {
    const decoded = decodeDiscovery({ clusters: [cluster, bad, { cluster_id: 'other', nodes: [] }] });
    expect(decoded).toMatchObject({
      ok: true,
      value: {
        clusters: [{ cluster_id: 'pg' }, { cluster_id: 'other' }],
        rejected: [{ problems: [{ path }] }],
      },
    });
  });

  it.each([[null], [[]], [{}], [{ clusters: {} }], ['text']])('is refused when it is %j', body => {
    expect(decodeDiscovery(body)).toMatchObject({ ok: false });
  });

  it('and every other document is read without throwing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), body => {
        for (const decoder of [
          decodeDiscovery,
          decodeProvisionAnswer,
          decodeProvisionRequest,
          decodeDeprovisionRequest,
        ]) {
          expect(typeof decoder(body).ok).toBe('boolean');
        }
      }),
    );
  });
});

describe('the answer to provision', () => {
  it('may know the ids or not', () => {
    expect(decodeProvisionAnswer({ count: 2, node_ids: ['a', 'b'] })).toEqual({
      ok: true,
      value: { count: 2, node_ids: ['a', 'b'] },
    });
    expect(decodeProvisionAnswer({ count: 0 })).toEqual({ ok: true, value: { count: 0, node_ids: null } });
  });

  it.each([
    [{ count: -1 }, 'count'],
    [{ count: '1' }, 'count'],
    [{ count: 1, node_ids: [1] }, 'node_ids[0]'],
  ])("is refused with the field's path: %j", (body, path) => {
    expect(decodeProvisionAnswer(body)).toMatchObject({ ok: false, problems: [{ path }] });
  });
});

describe('a request to provision', () => {
  const request = {
    cluster: {
      cluster_id: 'pg',
      store: 's',
      store_version: '1',
      nodes: { g: { desired_count: 1, node_class: 'c' } },
    },
    provision: { count: 1, node_group_id: 'g' },
  };

  it('gets defaults for what may be absent', () => {
    expect(decodeProvisionRequest(request)).toMatchObject({
      ok: true,
      value: { cluster: { attributes: {}, nodes: { g: { store_version: null, attributes: {} } } } },
    });
  });

  it('lists every unfit field', () => {
    const decoded = decodeProvisionRequest({ cluster: { nodes: { g: {} } }, provision: { count: 70_000 } });
    expect(decoded.ok ? [] : decoded.problems.map(({ path }) => path)).toEqual([
      'cluster.cluster_id',
      'cluster.store',
      'cluster.store_version',
      'cluster.nodes.g.desired_count',
      'cluster.nodes.g.node_class',
      'provision.count',
      'provision.node_group_id',
    ]);
  });

  it('may not nest without end', () => {
    const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as unknown;
    const decoded = decodeProvisionRequest({
      ...request,
      cluster: { ...request.cluster, attributes: { deep } },
    });
    expect(decoded).toMatchObject({ ok: false, problems: [{ path: 'cluster.attributes.deep' }] });
  });
});

describe('a fence', () => {
  it('is written and read back', () => {
    expect(parseFence(formatFence({ epoch: 3, token: 42 }))).toEqual({ epoch: 3, token: 42 });
  });

  it.each(['', '1', '1.', '1.2.3', '-1.2', '1.9999999999999999', 'a.b', '1e3.1'])(
    'is none when it is %j',
    written => {
      expect(parseFence(written)).toBeUndefined();
    },
  );

  it('is compared by epoch, then token', () => {
    expect(compareFences({ epoch: 1, token: 0 }, { epoch: 0, token: 9 })).toBeGreaterThan(0);
    expect(compareFences({ epoch: 1, token: 1 }, { epoch: 1, token: 2 })).toBeLessThan(0);
    expect(compareFences({ epoch: 1, token: 1 }, { epoch: 1, token: 1 })).toBe(0);
  });
});

describe('an error document', () => {
  it('carries cause and trail only when they say more', () => {
    expect(platformError('a')).toEqual({ error: true, error_msg: 'a' });
    expect(platformError('a', 'b')).toEqual({ error: true, error_msg: 'a', error_cause: 'b' });
    expect(platformError('a', 'b', 'c')).toEqual({
      error: true,
      error_msg: 'a',
      error_cause: 'c',
      error_trail: ['a', 'b', 'c'],
    });
  });

  it('is made of whatever a platform answers', () => {
    expect(readPlatformError('{"error_msg":"no","defined_node_groups":[]}', 500)).toEqual({
      error: true,
      error_msg: 'no',
    });
    expect(readPlatformError('<html>', 502)).toEqual({ error: true, error_msg: '<html>' });
    expect(readPlatformError('', 502)).toEqual({ error: true, error_msg: 'status 502' });
  });
});
