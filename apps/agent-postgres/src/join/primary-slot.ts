import { AgentFailure } from '../agent-failure.js';
import type { ServerConnection } from '../server-connection.js';

/**
 * Makes the slot before anything is copied: without it the primary may drop WAL that the copy needs, and the standby
 * never catches up (safety.md §6; tried). One left by an earlier try is made anew, since it may have lost its WAL.
 */
export async function createSlot(primary: ServerConnection, name: string): Promise<void> {
  const [role] = await primary.query('select pg_is_in_recovery() as recovering');
  if (role?.['recovering'] !== false)
    throw new AgentFailure('NOT_A_PRIMARY', 'the given member is a standby: join the primary');
  const [slot] = await primary.query('select active from pg_replication_slots where slot_name = $1', [name]);
  if (slot?.['active'] === true)
    throw new AgentFailure('SLOT_IN_USE', `slot ${name} streams already: another node has this id`);
  if (slot) await primary.query('select pg_drop_replication_slot($1)', [name]);
  await primary.query('select pg_create_physical_replication_slot($1, true)', [name]);
}

/** After a join that is given up: an orphan slot keeps WAL back. Nothing to do when it is gone. */
export async function dropSlot(primary: ServerConnection, name: string): Promise<void> {
  await primary.query(
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active',
    [name],
  );
}
