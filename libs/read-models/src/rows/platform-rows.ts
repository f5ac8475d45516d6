import { rowGroup } from './row-group.js';

const platform = { ns_id: 'text', name: 'text' } as const;

export const PLATFORM_TOUCHED = rowGroup({
  table: 'platforms',
  key: platform,
  version: 'revision',
  values: { updated_at: 'timestamptz' },
});

/** `document` is null once deleted. */
export const PLATFORM_SPEC = rowGroup({
  table: 'platforms',
  key: platform,
  version: 'spec_version',
  values: { active: 'boolean', interval_seconds: 'integer', document: 'jsonb' },
});

export const PLATFORM_VIEW = rowGroup({
  table: 'platforms',
  key: platform,
  version: 'view_version',
  values: { view: 'jsonb', view_changed_at: 'timestamptz' },
});

export const PLATFORM_SUSPECT = rowGroup({
  table: 'platforms',
  key: platform,
  version: 'suspect_version',
  values: { suspect: 'jsonb', suspect_since: 'timestamptz' },
});

/** An operator accepted the suspect answer: in force while newer than the suspicion. */
export const PLATFORM_ACCEPTED = rowGroup({
  table: 'platforms',
  key: platform,
  version: 'accepted_version',
  values: { accepted_at: 'timestamptz' },
});

export const PLATFORM_FAILING = rowGroup({
  table: 'platforms',
  key: platform,
  version: 'failing_version',
  values: { failing: 'jsonb', failing_since: 'timestamptz' },
});
