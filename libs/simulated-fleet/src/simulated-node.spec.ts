import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AgentConnections } from '@replicante/agent-protocol';
import type { AgentClient } from '@replicante/agent-protocol';
import type { Server } from 'node:net';
import { API } from './fleet-shape.js';
import { SimulatedNode } from './simulated-node.js';
import { listen } from './tiny-http.js';

describe('a simulated agent', () => {
  const node = new SimulatedNode(6, 1);
  const connections = new AgentConnections();
  let server: Server;
  let client: AgentClient;
  beforeEach(async () => {
    const listening = await listen((_, path) => {
      if (node.hangs) return 'hangs';
      const json = node.answer(path.slice(API.length));
      return json === undefined ? 'not found' : { json };
    });
    server = listening.server;
    client = connections.client({ address: `http://127.0.0.1:${listening.port}` });
  });
  afterEach(async () => {
    await connections.close();
    await new Promise(closed => server.close(closed));
  });

  it('says to our client what an agent of PostgreSQL says, status by status, and hangs when it is told to', async () => {
    expect(await client.infoNode()).toMatchObject({
      kind: 'ok',
      value: { node_id: 'fleet-0007-n2', node_status: 'HEALTHY', store_id: 'postgresql' },
    });
    expect(await client.infoStore()).toMatchObject({ kind: 'ok', value: { cluster_id: 'fleet-0007' } });
    const [first, second] = [await client.infoShards(), await client.infoShards()];
    expect([first, second]).toMatchObject([
      { kind: 'ok', value: { shards: [{ role: 'Secondary', commit_offset: { value: 50_001_024 } }] } },
      { kind: 'ok', value: { shards: [{ role: 'Secondary', commit_offset: { value: 50_002_048 } }] } },
    ]);
    for (const list of [await client.actionsQueue(), await client.actionsFinished()])
      expect(list).toEqual({ kind: 'ok', value: { actions: [] } });
    expect(await client.action('unknown')).toEqual({ kind: 'notFound' });
    node.status = 'UNHEALTHY';
    expect(await client.infoNode()).toMatchObject({ kind: 'ok', value: { node_status: 'UNHEALTHY' } });
    node.hangs = true;
    expect(await client.infoNode({ timeoutMs: 50 })).toMatchObject({ reason: 'deadline' });
  });
});
