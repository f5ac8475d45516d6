import { PUBLISHED_EVENT_TYPES } from '@replicante/contracts';
import { EVOLVE_VERSION, clusterDecider, namespaceDecider, platformDecider } from '@replicante/domain';
import type { DomainEvent, EventEnvelope } from '@replicante/kernel';
import type { KeptSnapshot, StoredEvent } from '../evidence/evidence.js';
import { canonical } from './canonical.js';
import { comparable, keptState } from './kept-state.js';
import type { Proof } from './proof.js';

/** The one place where the checker uses the domain: both sides of the equation are folded by the same `evolve`. */
interface Folding {
  readonly initialState: unknown;
  readonly evolve: (state: never, event: EventEnvelope<never>) => unknown;
  /** The same over many at once. */
  readonly fold?: (state: never, events: readonly EventEnvelope<never>[]) => unknown;
}

const FOLDINGS: readonly (readonly [prefix: string, Folding])[] = [
  ['cluster-', clusterDecider],
  ['platform-', platformDecider],
  ['namespace-', namespaceDecider],
];
const KNOWN = new Set<string>(PUBLISHED_EVENT_TYPES);

/** Snapshots of this release's `evolve`; others are read by nobody. */
const ofNow = (all: readonly KeptSnapshot[]): readonly KeptSnapshot[] =>
  all.filter(({ evolveVersion }) => evolveVersion === EVOLVE_VERSION);

/** Each snapshot, gone on from with the events after it, is the fold of all events from the first. */
export const snapshots: Proof = {
  number: '7',
  title: 'fold from zero = snapshot + tail',
  unprovable: evidence =>
    ofNow(evidence.snapshots).length > 0 ? undefined : 'no stream of this run was long enough for a snapshot',
  violations: ({ snapshots: kept, events }) =>
    ofNow(kept).flatMap(snapshot =>
      compare(
        snapshot,
        events.filter(e => e.streamId === snapshot.streamId),
      ),
    ),
};

function compare(snapshot: KeptSnapshot, stream: readonly StoredEvent[]): readonly string[] {
  const { streamId, revision, eventId } = snapshot;
  const at = `${streamId}@${revision}`;
  const folding = FOLDINGS.find(([prefix]) => streamId.startsWith(prefix))?.[1];
  if (!folding) return [`${at}: a snapshot of a stream that nobody folds`];
  const there = stream.find(e => e.revision === revision)?.id;
  if (there !== eventId)
    return [`${at}: the snapshot ends with event ${eventId}, the stream has ${there} there`];
  const whole = canonical(comparable(folded(folding, folding.initialState, stream)));
  const tail = stream.filter(e => e.revision > revision);
  const resumed = canonical(comparable(folded(folding, keptState(snapshot.state), tail)));
  if (whole === resumed) return [];
  const differs = [...whole].findIndex((letter, i) => letter !== resumed[i]);
  const near = (text: string): string => text.slice(Math.max(0, differs - 60), differs + 100);
  return [`${at} and ${tail.length} events: …${near(resumed)}…; from zero: …${near(whole)}…`];
}

/** Types that this release does not know are passed over, as the services do. */
function folded({ fold, evolve }: Folding, from: unknown, stream: readonly StoredEvent[]): unknown {
  const events = stream.filter(({ type }) => KNOWN.has(type)).map(event => envelope(event) as never);
  return fold
    ? fold(from as never, events)
    : events.reduce((state, event) => evolve(state as never, event), from);
}

const envelope = ({ id, streamId, revision, metadata, type, data }: StoredEvent) =>
  ({ id, streamId, revision, metadata, event: { type, data } satisfies DomainEvent }) as const;
