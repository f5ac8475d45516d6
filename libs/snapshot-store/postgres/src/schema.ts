/** Step n is at index n - 1. Texts are deflated already: the server must not try it again. */
export const MIGRATIONS: readonly string[] = [
  `
create table snapshot_store.snapshots (
  stream_id text collate "C" not null,
  evolve_version int not null,
  store_identity text not null,
  revision bigint not null,
  event_id text not null,
  state text not null,
  commands text not null,
  written_at timestamptz not null,
  primary key (stream_id, evolve_version)
);
alter table snapshot_store.snapshots
  alter column state set storage external,
  alter column commands set storage external;
`,
];
