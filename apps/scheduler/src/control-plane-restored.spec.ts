import { describe, expect, it } from '@jest/globals';
import type { EventStore } from '@replicante/event-store';
import { memoryEventStore } from '@replicante/event-store-memory';
import type { SubscriptionRow } from '@replicante/read-models';
import { ControlPlaneRestored } from './control-plane-restored.js';

const NAME = 'read-models-v1';

async function storeWith(events: number): Promise<EventStore> {
  const store = memoryEventStore();
  for (let i = 0; i < events; i += 1)
    await store.append('namespace-ns', i === 0 ? 'no_stream' : i - 1, [
      {
        id: `00000000-0000-5000-8000-${i.toString().padStart(12, '0')}`,
        type: 'namespace.NamespaceApplied.v1',
        data: {},
        metadata: {
          commandId: 'c',
          correlationId: 'c',
          actor: { kind: 'system', component: 'test', verified: true },
          recordedAt: '2026-01-01T00:00:00.000Z',
        },
      },
    ]);
  return store;
}

const row = (over: Partial<SubscriptionRow>): SubscriptionRow => ({
  name: NAME,
  position: null,
  store_identity: null,
  anchor_stream: null,
  anchor_revision: null,
  anchor_event: null,
  phase: 'running',
  message: null,
  updated_at: new Date(0),
  dead_letters: 0,
  ...over,
});

const at = async (store: EventStore, over: Partial<SubscriptionRow> = {}): Promise<SubscriptionRow> =>
  row({ position: (await store.head()) ?? null, store_identity: await store.storeIdentity(), ...over });

function looking(store: EventStore, rows: readonly SubscriptionRow[]) {
  const said: (string | null)[] = [];
  const restored = new ControlPlaneRestored({
    models: { subscription: async () => NAME, subscriptions: async () => rows },
    store,
    onChange: why => void said.push(why),
  });
  return { restored, said };
}

describe('whether the control plane was restored', () => {
  it('is denied for read models at, or behind, the head of their own store', async () => {
    const store = await storeWith(3);
    const { restored, said } = looking(store, [await at(store)]);
    expect(await restored.look()).toBe(false);
    expect(() => restored.check()).not.toThrow();
    expect(said).toEqual([]);
  });

  it('is found when the checkpoint is beyond the head, although the subscription still says that it runs', async () => {
    const store = await storeWith(1);
    const ahead = await at(await storeWith(3), { store_identity: await store.storeIdentity() });
    const { restored, said } = looking(store, [ahead]);
    expect([await restored.look(), await restored.look()]).toEqual([true, true]);
    expect(said).toHaveLength(1);
    expect(() => restored.check()).toThrow('nothing is scheduled');
  });

  it('is found when the checkpoint is of another store', async () => {
    const { restored } = looking(await storeWith(3), [await at(await storeWith(3))]);
    expect(await restored.look()).toBe(true);
  });

  it('is found when another event stands where the checkpoint ended', async () => {
    const store = await storeWith(3);
    const anchor = { anchor_stream: 'namespace-ns', anchor_revision: 2, anchor_event: 'another' };
    expect(await looking(store, [await at(store, anchor)]).restored.look()).toBe(true);
  });

  it('is believed of the subscription that fills what is read, and of no other', async () => {
    const store = await storeWith(3);
    const refused = await at(store, { phase: 'CONTROL_PLANE_RESTORED', message: 'rebuild' });
    expect(await looking(store, [refused]).restored.look()).toBe(true);
    const retired = { ...refused, name: 'read-models-v0' };
    expect(await looking(store, [await at(store), retired]).restored.look()).toBe(false);
  });
});
