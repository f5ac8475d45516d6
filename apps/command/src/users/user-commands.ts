import type { CommandResult, Handling, Tools } from '@replicante/command-handling';
import type {
  ClusterAnswer,
  ClusterCommand,
  NamespaceCommand,
  PlatformAnswer,
  PlatformCommand,
} from '@replicante/domain';
import type { CommandMetadata } from '@replicante/kernel';
import { clusterStream, namespaceStream, platformStream } from '@replicante/kernel';
import { anonymousActor } from '@replicante/service';
import type { Aggregates } from '../aggregates.js';
import { accepted } from '../answers.js';
import { readManifest } from './read-manifest.js';
import type { CommandMetaDto } from './requests.dto.js';

/** `CommandResponse` of command.proto. */
export interface CommandResponse {
  readonly position: string;
  readonly revision: number;
  readonly changed: boolean;
  readonly ref: string;
  readonly action_id: string;
  readonly repeated: boolean;
}

/** A user's call: who, under which id, and how long they wait. */
export interface UserCall {
  readonly meta: CommandMetaDto;
  readonly withinMs: number;
}

export const userMetadata = ({
  command_id,
  claimed_actor,
  traceparent,
}: CommandMetaDto): Omit<CommandMetadata, 'now'> => ({
  commandId: command_id,
  correlationId: command_id,
  actor: anonymousActor(claimed_actor),
  ...(traceparent === '' ? {} : { traceparent }),
});

/** Users' requests as commands of the domain, and answers as users read them. Holds no rule. */
export class UserCommands {
  constructor(
    private readonly aggregates: Aggregates,
    private readonly tools: Pick<Tools, 'deriveId'>,
  ) {}

  async apply(call: UserCall, manifestJson: string): Promise<CommandResponse> {
    const manifest = readManifest(manifestJson);
    switch (manifest.kind) {
      case 'Namespace':
        return this.namespace(call, manifest.namespace.id, {
          type: 'ApplyNamespace',
          data: { namespace: manifest.namespace },
        });
      case 'Platform': {
        const { platform } = manifest;
        return this.platform(call, platform, { type: 'ApplyPlatform', data: { platform } });
      }
      case 'ClusterSpec': {
        const { spec } = manifest;
        return this.cluster(call, spec, { type: 'ApplyClusterSpec', data: { spec } });
      }
      case 'NAction': {
        const action = { ...manifest.action, action_id: manifest.action.action_id ?? this.#newAction(call) };
        return this.cluster(call, action, {
          type: 'CreateNodeAction',
          data: { action, approval: manifest.approval },
        });
      }
      case 'OAction': {
        const action = { ...manifest.action, action_id: manifest.action.action_id ?? this.#newAction(call) };
        return this.cluster(call, action, {
          type: 'CreateOrchestratorAction',
          data: { action, approval: manifest.approval },
        });
      }
    }
  }

  async namespace(call: UserCall, id: string, command: NamespaceCommand): Promise<CommandResponse> {
    const result = await this.aggregates.namespaces.handle(handling(call, namespaceStream(id), command));
    return respond(result, `Namespace/${id}`);
  }

  async platform(
    call: UserCall,
    of: { readonly ns_id: string; readonly name: string },
    command: PlatformCommand,
  ): Promise<CommandResponse> {
    const result = await this.aggregates.platforms.handle(
      handling(call, platformStream(of.ns_id, of.name), command),
    );
    return respond<PlatformAnswer>(result, `Platform/${of.ns_id}/${of.name}`);
  }

  async cluster(
    call: UserCall,
    of: { readonly ns_id: string; readonly cluster_id: string },
    command: ClusterCommand,
  ): Promise<CommandResponse> {
    const scope = `${of.ns_id}/${of.cluster_id}`;
    const result = await this.aggregates.clusters.handle(
      handling(call, clusterStream(of.ns_id, of.cluster_id), command),
    );
    const { answer } = accepted<ClusterAnswer>(result);
    // An answer that an earlier release remembered may be missing.
    if (answer?.kind !== 'action') return respond(result, `ClusterSpec/${scope}`);
    const ref =
      answer.node_id === null
        ? `OAction/${scope}/${answer.action_id}`
        : `NAction/${scope}/${answer.node_id}/${answer.action_id}`;
    return { ...respond(result, ref), action_id: answer.action_id };
  }

  /** The same for every repeat of the command. */
  #newAction({ meta }: UserCall): string {
    return this.tools.deriveId(meta.command_id, 'action');
  }
}

const handling = <C extends NamespaceCommand | PlatformCommand | ClusterCommand>(
  { meta, withinMs }: UserCall,
  streamId: string,
  command: C,
): Handling<C> => ({ streamId, command, metadata: userMetadata(meta), withinMs });

function respond<A>(result: CommandResult<A>, ref: string): CommandResponse {
  const { position, revision, changed, repeated } = accepted(result);
  return { position, revision, changed, repeated, ref, action_id: '' };
}
