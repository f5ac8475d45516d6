/** Where everything lies in Consul's key-value store. Two installations on one Consul differ by their prefix. */
export interface KeyLayout {
  /** Identity of the data and the epoch. */
  readonly fence: string;
  /** Lease keys are never deleted, and written by lock and unlock only. */
  readonly leases: string;
  lease(key: string): string;
  /** The lease's key of a path below `leases`. */
  leaseKeyOf(path: string): string;
  readonly members: string;
  group(group: string): string;
  member(group: string, sessionId: string): string;
}

export function keyLayout(prefix: string): KeyLayout {
  const root = `${prefix.replace(/^\/+|\/+$/g, '')}/coordinator`;
  const leases = `${root}/leases/`;
  const members = `${root}/members/`;
  // A group's name may hold a slash, and "a" must not list the members of "a/b".
  const group = (name: string): string => `${members}${encodeURIComponent(name)}/`;
  return {
    fence: `${root}/fence`,
    leases,
    lease: key => `${leases}${key}`,
    leaseKeyOf: path => path.slice(leases.length),
    members,
    group,
    member: (name, sessionId) => `${group(name)}${sessionId}`,
  };
}
