import { hostileNumber, hostileText, unicodeText } from '@replicante/testing';
import fc from 'fast-check';
import { v4, v7 } from 'uuid';

const DAY_MS = 86_400_000;
export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** The kinds of fields in the protos, each with the rule that its comment states, written here once more. */
export interface FieldKind {
  readonly fits: (value: unknown) => boolean;
  readonly valid: fc.Arbitrary<unknown>;
  readonly hostile: fc.Arbitrary<unknown>;
}

const characters = (value: unknown): number => (typeof value === 'string' ? [...value].length : -1);
const withoutNul = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0');

const text = (least: number, most: number): FieldKind => ({
  fits: value => characters(value) >= least && characters(value) <= most && withoutNul(value),
  valid: unicodeText(20).filter(value => value !== '' && withoutNul(value)),
  hostile: hostileText,
});
const identifier: FieldKind = {
  fits: value => typeof value === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(value),
  valid: fc.constantFrom('default', 'other', 'nope'),
  hostile: hostileText,
};
const cluster: FieldKind = { ...identifier, valid: fc.constantFrom('c', 'off', 'nope') };
const platform: FieldKind = { ...identifier, valid: fc.constantFrom('p', 'nope') };
const whole = (most: number): FieldKind => ({
  fits: value => Number.isInteger(Number(value)) && Number(value) >= 0 && Number(value) <= most,
  valid: fc.integer({ min: 0, max: 1_000 }).map(String),
  hostile: hostileNumber
    .map(value => Math.abs(Math.trunc(value)))
    .filter(value => value < 2 ** 64)
    .map(value => BigInt(value).toString()),
});
const flag: FieldKind = { fits: () => true, valid: fc.boolean(), hostile: fc.boolean() };

/** Milliseconds that a UUIDv7 begins with. */
export const timeOf = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
const commandId: FieldKind = {
  fits: value =>
    typeof value === 'string' && UUID_V7.test(value) && Math.abs(timeOf(value) - Date.now()) < DAY_MS / 2,
  // Made when sent: 10,000 of them would be of one moment otherwise.
  valid: fc.constant('(new)'),
  hostile: fc.oneof(
    hostileText,
    fc.constantFrom(
      v4(),
      'zz',
      v7({ msecs: Date.now() - 2 * DAY_MS }),
      v7({ msecs: Date.now() + 2 * DAY_MS }),
    ),
  ),
};
const traceparent: FieldKind = {
  fits: value =>
    value === '' ||
    (typeof value === 'string' && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(value)),
  valid: fc.constantFrom('', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`),
  hostile: fc.oneof(hostileText, fc.constant(`00-${'A'.repeat(32)}-${'b'.repeat(16)}-01`)),
};
const document = (valid: fc.Arbitrary<unknown>, hostile: fc.Arbitrary<unknown>): FieldKind => ({
  fits: value => characters(value) > 0,
  valid,
  hostile,
});

export interface Call {
  readonly service: 'command' | 'control';
  readonly method: string;
  /** By path: `meta.command_id`. */
  readonly fields: Readonly<Record<string, FieldKind>>;
}

const meta = {
  'meta.command_id': commandId,
  'meta.claimed_actor': text(0, 128),
  'meta.traceparent': traceparent,
};
const controlMeta = {
  'meta.command_id': commandId,
  'meta.correlation_id': text(1, 128),
  'meta.worker': text(1, 256),
  // Which work a call is done for is the domain's rule: form is all that is judged here.
  'meta.lease.work': { ...text(1, 256), valid: fc.constantFrom('cycle', 'discovery:p') },
  'meta.lease.epoch': whole(Number.MAX_SAFE_INTEGER),
  'meta.lease.token': whole(Number.MAX_SAFE_INTEGER),
  'meta.lease.holder': text(1, 256),
  'meta.traceparent': traceparent,
};
const ofCluster = { ns_id: identifier, cluster_id: cluster };
const ofPlatform = { ns_id: identifier, name: platform };
const anyJson = document(fc.constantFrom('{}', '[]'), fc.oneof(hostileText, fc.json({ maxDepth: 3 })));

/** Every method of command.proto but Apply, whose one field is a language of its own; then those of control.proto. */
export const CALLS: readonly Call[] = [
  ...['ApproveAction', 'RejectAction', 'CancelAction'].map(method => ({
    service: 'command' as const,
    method,
    fields: { ...meta, ...ofCluster, action_id: text(1, 128) },
  })),
  ...['OrchestrateCluster', 'DeleteClusterSpec'].map(method => ({
    service: 'command' as const,
    method,
    fields: { ...meta, ...ofCluster },
  })),
  ...['DiscoverPlatform', 'DeletePlatform', 'AcceptDiscovery'].map(method => ({
    service: 'command' as const,
    method,
    fields: { ...meta, ...ofPlatform },
  })),
  {
    service: 'command',
    method: 'DeleteNamespace',
    fields: { ...meta, id: { ...identifier, valid: fc.constant('nope') } },
  },
  {
    service: 'command',
    method: 'RetryRule',
    fields: { ...meta, ...ofCluster, rule: text(1, 256), subject: text(1, 512) },
  },
  {
    service: 'command',
    method: 'SettleProvision',
    fields: { ...meta, ...ofCluster, attempt_id: text(1, 128), provisioned: flag },
  },
  {
    service: 'command',
    method: 'ReinitialiseCluster',
    fields: { ...meta, ...ofCluster, accept_data_loss: flag },
  },
  { service: 'command', method: 'NewCoordinatorEpoch', fields: { ...meta, reason: text(1, 1_024) } },
  {
    service: 'control',
    method: 'BeginCycle',
    fields: { ...controlMeta, ...ofCluster, cycle_id: text(1, 128) },
  },
  {
    service: 'control',
    method: 'SubmitObservation',
    fields: { ...controlMeta, ...ofCluster, observation_json: anyJson, act_within_ms: whole(3_600_000) },
  },
  {
    service: 'control',
    method: 'RecordOutcome',
    fields: { ...controlMeta, ...ofCluster, attempt_id: text(1, 128), outcome_json: anyJson },
  },
  { service: 'control', method: 'BeginDiscovery', fields: { ...controlMeta, ...ofPlatform } },
  {
    service: 'control',
    method: 'SubmitDiscovery',
    fields: { ...controlMeta, ...ofPlatform, observation_json: anyJson },
  },
];

export const callOf = (method: string): Call => {
  const found = CALLS.find(call => call.method === method);
  if (found === undefined) throw new Error(`no call ${method}`);
  return found;
};
