import { describe, expect, it } from '@jest/globals';
import { RejectedError } from '@replicante/kernel';
import { Expose, Transform, Type } from 'class-transformer';
import { IsDefined, IsOptional, IsString, ValidateNested } from 'class-validator';
import fc from 'fast-check';
import { v7 } from 'uuid';
import * as control from '../control/requests.dto.js';
import * as users from '../users/requests.dto.js';
import { QuickValidator } from './quick-validator.js';
import { validated, validatedByLibraries } from './validated.js';

type Dto = new () => object;
const DTOS: readonly Dto[] = [...Object.values(users), ...Object.values(control)];

const valid = {
  meta: {
    command_id: v7(),
    claimed_actor: 'somebody',
    traceparent: '',
    correlation_id: 'c',
    worker: 'w',
    lease: { work: 'cycle', epoch: '1', token: '9007199254740991', holder: 'h' },
  },
  ns_id: 'default',
  cluster_id: 'one',
  name: 'platform',
  id: 'default',
  action_id: 'a',
  manifest_json: '{}',
  rule: 'expand',
  subject: 'main',
  attempt_id: 'a',
  provisioned: true,
  accept_data_loss: false,
  reason: 'lost',
  cycle_id: 'c',
  observation_json: '{}',
  outcome_json: '{}',
  act_within_ms: 100,
};

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  [users.CommandMetaDto.name]: ['command_id', 'claimed_actor', 'traceparent'],
  [users.WithMeta.name]: ['meta'],
  [users.ApplyDto.name]: ['meta', 'manifest_json'],
  [users.ClusterDto.name]: ['meta', 'ns_id', 'cluster_id'],
  [users.ActionDto.name]: ['meta', 'ns_id', 'cluster_id', 'action_id'],
  [users.PlatformDto.name]: ['meta', 'ns_id', 'name'],
  [users.NamespaceDto.name]: ['meta', 'id'],
  [users.RetryRuleDto.name]: ['meta', 'ns_id', 'cluster_id', 'rule', 'subject'],
  [users.SettleProvisionDto.name]: ['meta', 'ns_id', 'cluster_id', 'attempt_id', 'provisioned'],
  [users.ReinitialiseClusterDto.name]: ['meta', 'ns_id', 'cluster_id', 'accept_data_loss'],
  [users.NewCoordinatorEpochDto.name]: ['meta', 'reason'],
};

const pick = (from: object, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));

/** A valid message of a class, as the gRPC library hands it over. */
function messageOf(type: Dto): Record<string, unknown> {
  const own = new type();
  const { meta, ...rest } = valid;
  if (type === users.CommandMetaDto) return pick(meta, FIELDS[type.name] ?? []);
  if (type === control.ControlMetaDto) return pick(meta, CONTROL_META);
  if (type === control.LeaseClaimDto) return { ...meta.lease };
  const isUsers = type.name in FIELDS;
  const fields = FIELDS[type.name] ?? Object.keys(own).concat(CONTROL_FIELDS[type.name] ?? []);
  const metaFields = isUsers ? (FIELDS[users.CommandMetaDto.name] ?? []) : CONTROL_META;
  return {
    ...pick(rest, fields),
    meta: { ...pick(meta, metaFields), ...(isUsers ? {} : { lease: { ...meta.lease } }) },
  };
}
const CONTROL_META = ['command_id', 'correlation_id', 'worker', 'lease', 'traceparent'];
const CONTROL_FIELDS: Readonly<Record<string, readonly string[]>> = {
  [control.BeginCycleDto.name]: ['ns_id', 'cluster_id', 'cycle_id'],
  [control.SubmitObservationDto.name]: ['ns_id', 'cluster_id', 'observation_json', 'act_within_ms'],
  [control.RecordOutcomeDto.name]: ['ns_id', 'cluster_id', 'attempt_id', 'outcome_json'],
  [control.BeginDiscoveryDto.name]: ['ns_id', 'name'],
  [control.SubmitDiscoveryDto.name]: ['ns_id', 'name', 'observation_json'],
};

const outcomeOf = (read: () => object): unknown => {
  try {
    const instance = read();
    return { instance, of: instance.constructor.name, text: JSON.stringify(instance) };
  } catch (error) {
    if (error instanceof RejectedError) return error.rejection;
    throw error;
  }
};
const alike = (type: Dto, message: unknown): void =>
  expect(outcomeOf(() => validated(type, message))).toEqual(
    outcomeOf(() => validatedByLibraries(type, message)),
  );

const odd = fc.oneof(
  fc.anything(),
  fc.string(),
  fc.constantFrom(
    '',
    'x'.repeat(129),
    'x'.repeat(2_000),
    'ä/ö',
    '12',
    '9007199254740992',
    -1,
    0,
    1.5,
    true,
    null,
  ),
  fc.constantFrom(undefined, [], {}, new Date(0), new Map(), Number.NaN),
);

/** Writes `value` at a place that the dice choose, up to two messages deep. */
function mutated(message: Record<string, unknown>, path: readonly number[], value: unknown): object {
  const copy = structuredClone(message);
  let holder = copy;
  for (const [depth, step] of path.entries()) {
    const names = Object.keys(holder);
    const name = names[step % Math.max(1, names.length)] ?? 'other';
    const within = holder[name];
    if (depth < path.length - 1 && typeof within === 'object' && within !== null)
      holder = within as Record<string, unknown>;
    else {
      if (step % 7 === 0) delete holder[name];
      else holder[step % 11 === 0 ? 'other' : name] = value;
      break;
    }
  }
  return copy;
}

describe('the quick way of valid requests', () => {
  it.each(DTOS.map(type => [type.name, type] as const))(
    'takes %s, and answers the same instance',
    (_, type) => {
      const message = messageOf(type);
      expect(QuickValidator.of(type)?.read(message)).toBeInstanceOf(type);
      alike(type, message);
    },
  );

  it('answers as the libraries do for whatever is sent', () => {
    const path = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...DTOS), path, odd, (type, where, value) =>
        alike(type, mutated(messageOf(type), where, value)),
      ),
      { numRuns: 3_000 },
    );
    fc.assert(fc.property(fc.constantFrom(...DTOS), fc.anything(), alike), { numRuns: 500 });
  });

  it('leaves classes with other decorators to the libraries', () => {
    class Renamed {
      @Expose({ name: 'other' }) @IsString() name!: string;
    }
    class Optional {
      @IsOptional() @IsString() name!: string;
    }
    class Many {
      @IsString({ each: true }) names!: string[];
    }
    class Conditional {
      @IsString({ groups: ['some'] }) name!: string;
    }
    class NotValidated {
      @IsDefined() @Type(() => users.CommandMetaDto) meta!: users.CommandMetaDto;
    }
    for (const type of [Renamed, Optional, Many, Conditional, NotValidated])
      expect(QuickValidator.of(type)).toBeUndefined();
  });

  it('carries out transformations before the checks', () => {
    class Trimmed {
      @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
      @IsString()
      name!: string;
    }
    class Holder {
      @ValidateNested() @Type(() => Trimmed) of!: Trimmed;
    }
    expect(validated(Holder, { of: { name: ' a ' } })).toEqual({ of: { name: 'a' } });
    alike(Holder, { of: { name: ' a ' } });
  });
});
