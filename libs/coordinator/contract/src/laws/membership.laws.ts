import { describe, expect, it } from '@jest/globals';
import type { CoordinatorWorld } from '../coordinator.contract.js';

export function membershipLaws(world: CoordinatorWorld): void {
  describe('members', () => {
    it('lists who joined, to every client, until its session ends', async () => {
      const [here, there] = [await world.client(), await world.client()];
      const group = world.key();
      const a = await world.session(here, world.longTtlMs, 'scheduler@a');
      const b = await world.session(there, world.longTtlMs, 'scheduler@b');
      await a.join(group, { version: '1', host: 'α' });
      await b.join(group, {});
      expect([...(await there.members(group))].sort((p, q) => p.name.localeCompare(q.name))).toEqual([
        { sessionId: a.id, name: 'scheduler@a', attributes: { version: '1', host: 'α' } },
        { sessionId: b.id, name: 'scheduler@b', attributes: {} },
      ]);

      await a.close();

      expect(await there.members(group)).toEqual([{ sessionId: b.id, name: 'scheduler@b', attributes: {} }]);
    });

    it('takes the attributes of the last join, and knows no members of an unknown group', async () => {
      const client = await world.client();
      const group = world.key();
      const session = await world.session(client);
      await session.join(group, { load: '1' });
      await session.join(group, { load: '2' });

      expect(await client.members(group)).toMatchObject([
        { sessionId: session.id, attributes: { load: '2' } },
      ]);
      expect(await client.members(`${group}-nobody`)).toEqual([]);
    });
  });
}
