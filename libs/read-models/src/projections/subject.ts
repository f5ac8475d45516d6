/** Whom a stream is about. */
export interface Subject {
  readonly ns_id: string | null;
  readonly cluster_id: string | null;
  readonly platform: string | null;
}

const NOBODY: Subject = { ns_id: null, cluster_id: null, platform: null };

/** From the stream's id: ids hold no `:`, so the first one separates. Other categories are about nobody. */
export function subjectOf(streamId: string): Subject {
  const hyphen = streamId.indexOf('-');
  const id = streamId.slice(hyphen + 1);
  const colon = id.indexOf(':');
  const [ns, name] = [id.slice(0, colon), id.slice(colon + 1)];
  switch (streamId.slice(0, hyphen)) {
    case 'namespace':
      return { ...NOBODY, ns_id: id };
    case 'platform':
      return { ...NOBODY, ns_id: ns, platform: name };
    case 'cluster':
      return { ...NOBODY, ns_id: ns, cluster_id: name };
    default:
      return NOBODY;
  }
}
