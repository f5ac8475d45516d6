import type { PlatformEvent } from '@replicante/domain';
import {
  PLATFORM_ACCEPTED,
  PLATFORM_FAILING,
  PLATFORM_SPEC,
  PLATFORM_SUSPECT,
  PLATFORM_TOUCHED,
  PLATFORM_VIEW,
} from '../rows/platform-rows.js';
import { change, type RowChange } from '../rows/row-group.js';
import type { EventHandlers, EventPlace } from './event-handlers.js';
import { NO_ROWS } from './event-handlers.js';

type OfPlatform = { readonly ns_id: string; readonly name: string };
const key = ({ ns_id, name }: OfPlatform) => ({ ns_id, name });

const believed = (of: OfPlatform, { revision }: EventPlace): RowChange =>
  change(PLATFORM_SUSPECT, key(of), revision, { suspect: null, suspect_since: null });

/** The revision that the platform's rows show, whatever the event was. */
export const platformTouched = (of: OfPlatform, { revision, at }: EventPlace): RowChange =>
  change(PLATFORM_TOUCHED, key(of), revision, { updated_at: at });

export const platformProjection: EventHandlers<PlatformEvent> = {
  'platform.PlatformApplied.v1': ({ platform }, { revision }) => [
    change(PLATFORM_SPEC, key(platform), revision, {
      active: platform.active,
      interval_seconds: platform.discovery.interval,
      document: platform,
    }),
  ],
  'platform.PlatformDeleted.v1': (data, { revision }) => [
    change(PLATFORM_SPEC, key(data), revision, { active: null, interval_seconds: null, document: null }),
  ],
  'platform.DiscoveryRequested.v1': NO_ROWS,
  'platform.LeaseTaken.v1': NO_ROWS,
  'platform.PlatformViewChanged.v1': (data, place) => [
    change(PLATFORM_VIEW, key(data), place.revision, {
      view: {
        clusters: data.clusters,
        rejected_cluster_ids: data.rejected_cluster_ids,
        idempotency_keys: data.idempotency_keys,
      },
      view_changed_at: place.at,
    }),
    believed(data, place),
  ],
  'platform.PlatformAnswerSuspected.v1': (data, { revision, at }) => [
    change(PLATFORM_SUSPECT, key(data), revision, {
      suspect: { shown_before: data.shown_before, missing: data.missing },
      suspect_since: at,
    }),
  ],
  'platform.SuspectAnswerAccepted.v1': (data, { revision, at }) => [
    change(PLATFORM_ACCEPTED, key(data), revision, { accepted_at: at }),
  ],
  'platform.PlatformAnswerCleared.v1': (data, place) => [believed(data, place)],
  'platform.PlatformUnavailable.v1': (data, { revision, at }) => [
    change(PLATFORM_FAILING, key(data), revision, {
      failing: { kind: data.kind, error: data.error },
      failing_since: at,
    }),
  ],
  'platform.PlatformRecovered.v1': (data, { revision }) => [
    change(PLATFORM_FAILING, key(data), revision, { failing: null, failing_since: null }),
  ],
};
