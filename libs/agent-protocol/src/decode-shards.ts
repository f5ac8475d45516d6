import type { Decoded, JsonReader } from './json-reader.js';
import { decode } from './json-reader.js';
import type { AgentShardsInfo, ShardMeasure, ShardRole, ShardUnit } from './wire.js';

const ROLES = ['Primary', 'Secondary', 'Recovering'] as const;
const UNITS = ['seconds', 'milliseconds'] as const;

/** The published spec shows upper case, upstream's code sends `Primary`: case does not count. */
function roleOf(reader: JsonReader, value: unknown, path: string): ShardRole {
  if (typeof value === 'string') {
    const known = ROLES.find(role => role.toLowerCase() === value.toLowerCase());
    return known ?? { Other: reader.name(value, path) };
  }
  const tagged = reader.record(value, path);
  return { Other: reader.name(tagged['Other'] ?? tagged['OTHER'] ?? tagged['other'], `${path}.Other`) };
}

function unitOf(reader: JsonReader, value: unknown, path: string): ShardUnit {
  if (typeof value === 'string') {
    const known = UNITS.find(unit => unit === value.toLowerCase());
    return known ?? { unit: reader.name(value, path) };
  }
  return { unit: reader.name(reader.record(value, path)['unit'], `${path}.unit`) };
}

function measureOf(reader: JsonReader, value: unknown, path: string): ShardMeasure | null {
  if (value === undefined || value === null) return null;
  const measure = reader.record(value, path);
  return {
    unit: unitOf(reader, measure['unit'], `${path}.unit`),
    value: reader.integer(measure['value'], `${path}.value`),
  };
}

/** `info/shards`: `{shards: […]}` or the bare list; `id` or `shard_id`. A doubled id is a problem: shards are keyed by it. */
export const decodeAgentShardsInfo = (body: unknown): Decoded<AgentShardsInfo> =>
  decode(reader => {
    const list = Array.isArray(body) ? body : reader.record(body, '$')['shards'];
    const seen = new Set<string>();
    return {
      shards: reader.list(list, 'shards', (item, at) => {
        const shard = reader.record(item, at);
        const id = reader.name(shard['id'] ?? shard['shard_id'], `${at}.id`);
        if (seen.has(id)) reader.fail(`${at}.id`, 'occurs twice');
        seen.add(id);
        return {
          id,
          role: roleOf(reader, shard['role'], `${at}.role`),
          commit_offset: measureOf(reader, shard['commit_offset'], `${at}.commit_offset`),
          lag: measureOf(reader, shard['lag'], `${at}.lag`),
        };
      }),
    };
  });
