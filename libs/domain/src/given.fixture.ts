import type {
  CommandMetadata,
  Decider,
  DomainEvent,
  EventEnvelope,
  LeaseClaim,
  Rejection,
} from '@replicante/kernel';

export const NOW = '2026-01-01T00:00:00.000Z';

export const metadataOf = (lease?: LeaseClaim, now = NOW): CommandMetadata => ({
  commandId: 'command',
  correlationId: 'test',
  actor: { kind: 'anonymous', verified: false },
  now,
  ...(lease ? { lease } : {}),
});

/** Events as a stream would hold them, each a second after the other. */
export const stored = <E extends DomainEvent>(events: readonly E[], from = NOW): EventEnvelope<E>[] =>
  events.map((event, revision) => ({
    event,
    id: `event-${revision}`,
    streamId: 'stream',
    revision,
    metadata: {
      commandId: 'earlier',
      correlationId: 'test',
      actor: { kind: 'anonymous', verified: false },
      recordedAt: new Date(Date.parse(from) + revision * 1000).toISOString(),
    },
  }));

/** What a refusal says to be at fault. */
export const fieldsOf = ({ violations = [] }: Rejection): readonly string[] => violations.map(v => v.field);

/** `given(decider, context)(…events).when(command, lease?)` answers what was decided, and `code` for a refusal. */
export const given =
  <S, C, E extends DomainEvent, Ctx, A>(
    decider: Decider<
      S,
      { readonly command: C & { type: string; data: unknown }; readonly metadata: CommandMetadata },
      E,
      Ctx,
      A
    >,
    context: Ctx,
  ) =>
  (...events: readonly E[]) => {
    const state = stored(events).reduce(decider.evolve, decider.initialState);
    return {
      state,
      when: (command: C & { type: string; data: unknown }, lease?: LeaseClaim, now?: string) => {
        const decision = decider.decide({ command, metadata: metadataOf(lease, now) }, state, context);
        return decision.accepted
          ? { code: null, fields: [], events: decision.events, answer: decision.answer }
          : { code: decision.rejection.code, fields: fieldsOf(decision.rejection), events: [], answer: null };
      },
    };
  };
