import type { RecordedEvent } from '@eventstore/db-client';
import { describe, expect, it } from '@jest/globals';
import { EventStoreError, type CheckedAppend } from '@replicante/event-store';
import { IDENTITY_STREAM, identityOf, type IdentityStore } from './store-identity.js';

/** The one stream, as the server keeps it. */
function metadataStream(written: readonly object[] = []) {
  const events = written.map(data => ({ data, isJson: true }) as unknown as RecordedEvent);
  let beforeAppend: () => void = () => undefined;
  const store: IdentityStore = {
    newest: async () => {
      const last = events.at(-1);
      return last && { ...last, revision: BigInt(events.length - 1) };
    },
    append: async ({ streamId, expected, events: [event] }: CheckedAppend) => {
      expect(streamId).toBe(IDENTITY_STREAM);
      beforeAppend();
      if (expected !== events.length - 1) throw new EventStoreError('WRONG_EXPECTED_REVISION', 'late');
      events.push({ data: JSON.parse(event?.data ?? '') as unknown, isJson: true } as RecordedEvent);
      return { revision: events.length - 1, position: '' };
    },
  };
  return {
    events,
    store,
    once: (act: () => void) => {
      beforeAppend = () => {
        beforeAppend = () => undefined;
        act();
      };
    },
  };
}

describe('the identity of a store', () => {
  it('is given once, and read from then on', async () => {
    const { store, events } = metadataStream();
    const identity = await identityOf(store);
    expect(identity).toMatch(/^[0-9a-f-]{36}$/);
    expect(await identityOf(store)).toBe(identity);
    expect(events).toHaveLength(1);
  });

  it('is that of the client that came first, for those that came later too', async () => {
    const { store, events, once } = metadataStream();
    const first = { 'replicante.storeIdentity': 'of the other' };
    once(() => void events.push({ data: first, isJson: true } as unknown as RecordedEvent));
    expect(await identityOf(store)).toBe('of the other');
  });

  it('stands beside what others wrote, and is no empty text', async () => {
    const { store, events } = metadataStream([{ $maxAge: 1, 'replicante.storeIdentity': '' }]);
    const identity = await identityOf(store);
    expect(events.at(-1)?.data).toEqual({ $maxAge: 1, 'replicante.storeIdentity': identity });
  });

  it('is not known while the store cannot be asked', async () => {
    const { store } = metadataStream();
    const gone = { ...store, append: () => Promise.reject(new EventStoreError('UNAVAILABLE', 'gone')) };
    await expect(identityOf(gone)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
