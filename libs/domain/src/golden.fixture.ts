import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DomainEvent, EventEnvelope } from '@replicante/kernel';
import { canonicalJson } from '@replicante/kernel';
import { stored } from './given.fixture.js';

/** Maps and Sets as arrays, in their order: it is part of the state. */
export function plain(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([k, v]) => [plain(k), plain(v)]);
  if (value instanceof Set) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  return value;
}

/** The published events of `<context>/fixtures`, by wire name. One file per type and version, named after both. */
export function goldenEvents<E extends DomainEvent>(context: string): ReadonlyMap<string, E> {
  const folder = join(import.meta.dirname, context, 'fixtures');
  return new Map(
    readdirSync(folder).map(file => [
      `${context}.${file.replace(/\.json$/, '')}`,
      JSON.parse(readFileSync(join(folder, file), 'utf8')) as E,
    ]),
  );
}

/** SHA-256 over the state after each of the events: what one of them does cannot hide behind a later one. */
export function foldHash<S, E extends DomainEvent>(
  decider: { readonly initialState: S; readonly evolve: (state: S, event: EventEnvelope<E>) => S },
  events: readonly E[],
): string {
  let state = decider.initialState;
  const states = stored(events).map(event => plain((state = decider.evolve(state, event))));
  return createHash('sha256').update(canonicalJson(states)).digest('hex');
}
