import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The tables of one generation, in the schema that the connection's search_path names first, with the keys that upserts
 * need. What else a whole generation has is in `generation-indexes.ts`.
 * A generation is made whole and thrown away whole: a later shape edits these files and raises `READ_MODELS_SHAPE`.
 */
export class GenerationTables1750000000001 implements MigrationInterface {
  name = 'GenerationTables1750000000001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of TABLES) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE samples, events, decision_history, decisions, actions, nodes, clusters, platforms, namespaces',
    );
  }
}

const version = (name: string) => `${name} integer NOT NULL DEFAULT -1`;

const TABLES = [
  `CREATE TABLE namespaces (
    ns_id text PRIMARY KEY,
    ${version('revision')},
    status text,
    document jsonb,
    updated_at timestamptz
  )`,

  `CREATE TABLE platforms (
    ns_id text, name text,
    ${version('revision')}, updated_at timestamptz,
    ${version('spec_version')}, active boolean, interval_seconds integer, document jsonb,
    ${version('view_version')}, view jsonb, view_changed_at timestamptz,
    ${version('suspect_version')}, suspect jsonb, suspect_since timestamptz,
    ${version('accepted_version')}, accepted_at timestamptz,
    ${version('failing_version')}, failing jsonb, failing_since timestamptz,
    PRIMARY KEY (ns_id, name)
  )`,

  `CREATE TABLE clusters (
    ns_id text, cluster_id text,
    ${version('revision')}, updated_at timestamptz,
    ${version('spec_version')}, spec jsonb, synthetic boolean, active boolean, interval_seconds integer,
      platform_ns_id text, platform_name text,
    ${version('discovery_version')}, discovery jsonb, discovered_at timestamptz,
    ${version('convergence_version')}, convergence jsonb, convergence_changed_at timestamptz,
    ${version('report_version')}, report jsonb, report_recorded_at timestamptz,
    PRIMARY KEY (ns_id, cluster_id)
  )`,

  `CREATE TABLE nodes (
    ns_id text, cluster_id text, node_id text,
    ${version('discovery_version')}, agent_address text, node_class text, node_group text,
      removed boolean NOT NULL DEFAULT false,
    ${version('presence_version')}, absences integer NOT NULL DEFAULT 0, absent_since timestamptz,
    ${version('state_version')}, status text, unknown_status text, details jsonb, quarantine text, error jsonb,
      observer text, state_changed_at timestamptz,
    ${version('shards_version')}, shards jsonb, has_primary boolean NOT NULL DEFAULT false,
      has_secondary boolean NOT NULL DEFAULT false, shards_changed_at timestamptz,
    ${version('extras_version')}, extras jsonb, extras_changed_at timestamptz,
    PRIMARY KEY (ns_id, cluster_id, node_id)
  )`,

  `CREATE TABLE actions (
    ns_id text, cluster_id text, action_id text,
    ${version('action_version')}, scope text, node_id text, kind text, phase text, finished boolean,
      args jsonb, error jsonb, payload jsonb, metadata jsonb, timeout_ms bigint,
      created_at timestamptz, scheduled_at timestamptz, finished_at timestamptz, action_changed_at timestamptz,
    ${version('attempt_version')}, attempt_id text, attempt_number integer, attempt_not_after timestamptz,
      attempt_at timestamptz,
    ${version('outcome_version')}, outcome_attempt_id text, outcome text, outcome_error jsonb,
      outcome_node_ids jsonb, outcome_late boolean,
    PRIMARY KEY (ns_id, cluster_id, action_id)
  )`,

  `CREATE TABLE decisions (
    ns_id text, cluster_id text, rule text, subject text,
    ${version('revision')}, event_id text, rule_version integer, outcome text, reason text, spec_revision integer,
      document jsonb, decided_at timestamptz,
    ${version('flapping_version')}, flapping jsonb, flapping_since timestamptz,
    PRIMARY KEY (ns_id, cluster_id, rule, subject)
  )`,

  `CREATE TABLE decision_history (
    ns_id text NOT NULL, cluster_id text NOT NULL, revision integer NOT NULL,
    rule text, subject text, event_id text, rule_version integer, outcome text, reason text, spec_revision integer,
    document jsonb, decided_at timestamptz
  )`,

  `CREATE TABLE events (
    position text COLLATE "C" NOT NULL,
    event_id text, stream_id text, revision integer, type text, code text, recorded_at timestamptz,
    ns_id text, cluster_id text, platform text,
    actor jsonb, command_id text, correlation_id text, causation_id text, data jsonb
  )`,

  `CREATE TABLE samples (
    ns_id text, cluster_id text,
    epoch bigint NOT NULL, token bigint NOT NULL, revision integer NOT NULL,
    sample jsonb NOT NULL, completed_at timestamptz NOT NULL, received_at timestamptz NOT NULL,
    PRIMARY KEY (ns_id, cluster_id)
  )`,
];
