import { openPostgresEventStore } from '@replicante/event-store-postgres';
import { clusterStream, namespaceStream, platformStream } from '@replicante/kernel';
import { withClient } from '../rig/database.js';
import { busyHistory, clusterHistory, namespaceApplied, NS, platformApplied } from '../rig/fleet-events.js';
import { seed } from '../rig/seed.js';
import type { AnyEvent } from '../rig/seed.js';

export const EVENTS_PER_CLUSTER = 1_000;
export const NODES = 5;
/** As many events as are appended one by one; more are copies of these under other names, made by the server. */
const APPENDED = 100_000;

/** Of clusters with a busy past. Answers how many events there are: `events`, less two for each copy. */
export async function seedFleet(url: string, events: number): Promise<number> {
  const store = await openPostgresEventStore({ connectionString: url });
  const streams = new Map<string, readonly AnyEvent[]>([
    [namespaceStream(NS), [namespaceApplied]],
    [platformStream(NS, 'bench'), [platformApplied]],
  ]);
  for (let n = 0; n * EVENTS_PER_CLUSTER < Math.min(events, APPENDED); n += 1) {
    const id = `cluster-${n}`;
    const base = clusterHistory(id, NODES, 0);
    const more = busyHistory(id, NODES, EVENTS_PER_CLUSTER - base.length - (n === 0 ? 2 : 0));
    streams.set(clusterStream(NS, id), [...base, ...more]);
  }
  await seed(store, streams);
  await store.close();
  return withClient(url, async client => {
    for (let copy = 1; copy * APPENDED < events; copy += 1) await client.query(copied(`copy${copy}`, copy));
    await client.query('vacuum analyze event_store.events');
    const { rows } = await client.query<{ head: string }>('select head from event_store.log');
    return Number(rows[0]?.head);
  });
}

/** Ids begin with a time (UUIDv7, `0…`): another first digit keeps them in order and makes them others. */
const copied = (letter: string, digit: number): string => `
  with head as (select head from event_store.log), copy as (
    insert into event_store.events
      select h.head + row_number() over (order by e.position), replace(e.stream_id, ':cluster-', ':${letter}-'), e.revision,
        overlay(e.event_id::text placing '${digit}' from 1)::uuid, e.type,
        replace(e.data::text, '"cluster_id":"cluster-', '"cluster_id":"${letter}-')::json,
        replace(e.metadata::text, '"correlationId":"0', '"correlationId":"${digit}')::json
      from event_store.events e, head h
      where e.position <= ${APPENDED} and e.stream_id like 'cluster-%'
    returning position)
  update event_store.log set head = (select max(position) from copy)`;

/** The bus is none of a rebuild's business: what is seeded counts as published. */
export const gatewayAtHead = (url: string): Promise<unknown> =>
  withClient(url, client =>
    client.query(
      `insert into read_models.checkpoints (name, position, store_identity)
       select 'gateway', lpad(head::text, 20, '0'), identity from event_store.log`,
    ),
  );
