import { Type } from 'class-transformer';
import { IsBoolean, IsDefined, ValidateNested } from 'class-validator';
import { CommandId, Identifier, OptionalText, Text, Traceparent } from '../validation/fields.js';

/** Manifests above this are no manifests. */
const MANIFEST_CHARACTERS = 1024 * 1024;

export class CommandMetaDto {
  @CommandId() command_id!: string;
  @OptionalText(128) claimed_actor = '';
  @Traceparent() traceparent = '';
}

export class WithMeta {
  @IsDefined({ message: 'is missing: every command needs meta.command_id' })
  @ValidateNested()
  @Type(() => CommandMetaDto)
  meta!: CommandMetaDto;
}

export class ApplyDto extends WithMeta {
  @Text(MANIFEST_CHARACTERS) manifest_json!: string;
}

export class ClusterDto extends WithMeta {
  @Identifier() ns_id!: string;
  @Identifier() cluster_id!: string;
}

export class ActionDto extends ClusterDto {
  @Text(128) action_id!: string;
}

export class PlatformDto extends WithMeta {
  @Identifier() ns_id!: string;
  @Identifier() name!: string;
}

export class NamespaceDto extends WithMeta {
  @Identifier() id!: string;
}

export class RetryRuleDto extends ClusterDto {
  @Text(256) rule!: string;
  @Text(512) subject!: string;
}

export class SettleProvisionDto extends ClusterDto {
  @Text(128) attempt_id!: string;
  @IsBoolean({ message: 'must be true or false' }) provisioned!: boolean;
}

export class ReinitialiseClusterDto extends ClusterDto {
  @IsBoolean({ message: 'must be true or false' }) accept_data_loss!: boolean;
}

export class NewCoordinatorEpochDto extends WithMeta {
  @Text(1024) reason!: string;
}
