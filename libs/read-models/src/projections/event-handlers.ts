import type { EventMetadata } from '@replicante/kernel';
import type { RowChange } from '../rows/row-group.js';

/** Where an event stands. */
export interface EventPlace {
  readonly id: string;
  readonly revision: number;
  readonly at: string;
  readonly metadata: EventMetadata;
}

/** One entry per event type of the union: a type without a projection does not compile. */
export type EventHandlers<E extends { readonly type: string; readonly data: unknown }> = {
  readonly [T in E['type']]: (
    data: Extract<E, { readonly type: T }>['data'],
    place: EventPlace,
  ) => readonly RowChange[];
};

/** For events that change no row of their own. */
export const NO_ROWS = (): readonly RowChange[] => [];
