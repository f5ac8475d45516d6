import type { CommandResult, Handling } from '@replicante/command-handling';
import type { ClusterAnswer, ClusterCommand, PlatformAnswer, PlatformCommand } from '@replicante/domain';
import type { CommandMetadata } from '@replicante/kernel';
import { clusterStream, platformStream } from '@replicante/kernel';
import { systemActor } from '@replicante/service';
import type { Aggregates } from '../aggregates.js';
import { accepted } from '../answers.js';
import { olderCluster, olderPlatform } from './ages.js';
import type { ControlMetaDto } from './requests.dto.js';

export interface ControlCall {
  readonly meta: ControlMetaDto;
  readonly withinMs: number;
}

type Accepted<A> = Extract<CommandResult<A>, { readonly accepted: true }>;

export const controlMetadata = (meta: ControlMetaDto): Omit<CommandMetadata, 'now'> => {
  const { work, epoch, token, holder } = meta.lease;
  return {
    commandId: meta.command_id,
    correlationId: meta.correlation_id,
    actor: systemActor(`worker:${meta.worker}`),
    lease: { work, epoch, token, holder },
    ...(meta.traceparent === '' ? {} : { traceparent: meta.traceparent }),
  };
};

/** The worker's calls as commands of the domain. Holds no rule: who may do what under which lease is decided there. */
export class ControlCommands {
  constructor(private readonly aggregates: Aggregates) {}

  async cluster(
    call: ControlCall,
    of: { readonly ns_id: string; readonly cluster_id: string },
    command: ClusterCommand,
  ): Promise<Accepted<ClusterAnswer>> {
    const handling: Handling<ClusterCommand> = {
      streamId: clusterStream(of.ns_id, of.cluster_id),
      command,
      metadata: controlMetadata(call.meta),
      withinMs: call.withinMs,
      adjust: olderCluster,
    };
    return accepted(await this.aggregates.clusters.handle(handling));
  }

  async platform(
    call: ControlCall,
    of: { readonly ns_id: string; readonly name: string },
    command: PlatformCommand,
  ): Promise<Accepted<PlatformAnswer>> {
    const handling: Handling<PlatformCommand> = {
      streamId: platformStream(of.ns_id, of.name),
      command,
      metadata: controlMetadata(call.meta),
      withinMs: call.withinMs,
      adjust: olderPlatform,
    };
    return accepted(await this.aggregates.platforms.handle(handling));
  }
}
