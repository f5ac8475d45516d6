import { Transform, Type } from 'class-transformer';
import { IsDefined, IsInt, Max, Min, ValidateNested } from 'class-validator';
import { CommandId, Identifier, Text, Traceparent } from '../validation/fields.js';

/** 64-bit numbers come as text. */
const Whole = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value,
  );

const SAFE = { message: 'must be a whole number below 2^53' };

export class LeaseClaimDto {
  @Text(256) work!: string;
  @Whole() @IsInt(SAFE) @Min(0, SAFE) @Max(Number.MAX_SAFE_INTEGER, SAFE) epoch!: number;
  @Whole() @IsInt(SAFE) @Min(0, SAFE) @Max(Number.MAX_SAFE_INTEGER, SAFE) token!: number;
  @Text(256) holder!: string;
}

export class ControlMetaDto {
  @CommandId() command_id!: string;
  @Text(128) correlation_id!: string;
  @Text(256) worker!: string;
  @IsDefined({ message: 'is missing: work is done under a lease' })
  @ValidateNested()
  @Type(() => LeaseClaimDto)
  lease!: LeaseClaimDto;
  @Traceparent() traceparent = '';
}

export class WithControlMeta {
  @IsDefined({ message: 'is missing' })
  @ValidateNested()
  @Type(() => ControlMetaDto)
  meta!: ControlMetaDto;
}

class OfClusterDto extends WithControlMeta {
  @Identifier() ns_id!: string;
  @Identifier() cluster_id!: string;
}

class OfPlatformDto extends WithControlMeta {
  @Identifier() ns_id!: string;
  @Identifier() name!: string;
}

const LONGEST_ACT_MS = 3_600_000;
const ACT_WITHIN = { message: `must be a whole number of milliseconds from 0 to ${LONGEST_ACT_MS}` };

const JSON_CHARACTERS = 16 * 1024 * 1024;

export class BeginCycleDto extends OfClusterDto {
  @Text(128) cycle_id!: string;
}

export class SubmitObservationDto extends OfClusterDto {
  @Text(JSON_CHARACTERS) observation_json!: string;
  @IsInt(ACT_WITHIN) @Min(0, ACT_WITHIN) @Max(LONGEST_ACT_MS, ACT_WITHIN) act_within_ms!: number;
}

export class RecordOutcomeDto extends OfClusterDto {
  @Text(128) attempt_id!: string;
  @Text(JSON_CHARACTERS) outcome_json!: string;
}

export class BeginDiscoveryDto extends OfPlatformDto {}

export class SubmitDiscoveryDto extends OfPlatformDto {
  @Text(JSON_CHARACTERS) observation_json!: string;
}
