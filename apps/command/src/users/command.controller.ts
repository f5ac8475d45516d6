import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Metadata } from '@grpc/grpc-js';
import type { Call } from '../call-time.js';
import { withinMs } from '../call-time.js';
import type { RaisedEpoch } from '../coordinator-epoch/raise-epoch.js';
import { RaiseEpoch } from '../coordinator-epoch/raise-epoch.js';
import { validated } from '../validation/validated.js';
import {
  ActionDto,
  ApplyDto,
  ClusterDto,
  NamespaceDto,
  NewCoordinatorEpochDto,
  PlatformDto,
  ReinitialiseClusterDto,
  RetryRuleDto,
  SettleProvisionDto,
} from './requests.dto.js';
import type { WithMeta } from './requests.dto.js';
import type { CommandResponse, UserCall } from './user-commands.js';
import { UserCommands } from './user-commands.js';

const SERVICE = 'CommandService';
type Answer = Promise<CommandResponse>;

const callOf = ({ meta }: WithMeta, call: Call): UserCall => ({ meta, withinMs: withinMs(call) });
const cluster = ({ ns_id, cluster_id }: ClusterDto) => ({ ns_id, cluster_id });
const platform = ({ ns_id, name }: PlatformDto) => ({ ns_id, name });
const action = ({ ns_id, cluster_id, action_id }: ActionDto) => ({ ns_id, cluster_id, action_id });

/** replicante.command.v1: validates and translates; rules live in the domain. */
@Controller()
export class CommandController {
  constructor(
    @Inject(UserCommands) private readonly commands: UserCommands,
    @Inject(RaiseEpoch) private readonly epochs: RaiseEpoch,
  ) {}

  @GrpcMethod(SERVICE, 'Apply')
  apply(message: unknown, _metadata: Metadata, call: Call): Answer {
    const request = validated(ApplyDto, message);
    return this.commands.apply(callOf(request, call), request.manifest_json);
  }

  @GrpcMethod(SERVICE, 'ApproveAction')
  approveAction(message: unknown, _metadata: Metadata, call: Call): Answer {
    return this.#action('ApproveAction', message, call);
  }

  @GrpcMethod(SERVICE, 'RejectAction')
  rejectAction(message: unknown, _metadata: Metadata, call: Call): Answer {
    return this.#action('RejectAction', message, call);
  }

  @GrpcMethod(SERVICE, 'CancelAction')
  cancelAction(message: unknown, _metadata: Metadata, call: Call): Answer {
    return this.#action('CancelAction', message, call);
  }

  @GrpcMethod(SERVICE, 'OrchestrateCluster')
  orchestrateCluster(message: unknown, _metadata: Metadata, call: Call): Answer {
    return this.#cluster('RequestCycle', message, call);
  }

  @GrpcMethod(SERVICE, 'DeleteClusterSpec')
  deleteClusterSpec(message: unknown, _metadata: Metadata, call: Call): Answer {
    return this.#cluster('DeleteClusterSpec', message, call);
  }

  @GrpcMethod(SERVICE, 'DiscoverPlatform')
  discoverPlatform(message: unknown, _metadata: Metadata, call: Call): Answer {
    return this.#platform('RequestDiscovery', message, call);
  }

  @GrpcMethod(SERVICE, 'DeletePlatform')
  deletePlatform(message: unknown, _metadata: Metadata, call: Call): Answer {
    return this.#platform('DeletePlatform', message, call);
  }

  @GrpcMethod(SERVICE, 'AcceptDiscovery')
  acceptDiscovery(message: unknown, _metadata: Metadata, call: Call): Answer {
    return this.#platform('AcceptDiscovery', message, call);
  }

  @GrpcMethod(SERVICE, 'DeleteNamespace')
  deleteNamespace(message: unknown, _metadata: Metadata, call: Call): Answer {
    const request = validated(NamespaceDto, message);
    const { id } = request;
    return this.commands.namespace(callOf(request, call), id, { type: 'DeleteNamespace', data: { id } });
  }

  @GrpcMethod(SERVICE, 'RetryRule')
  retryRule(message: unknown, _metadata: Metadata, call: Call): Answer {
    const request = validated(RetryRuleDto, message);
    const { rule, subject } = request;
    const data = { ...cluster(request), rule, subject };
    return this.commands.cluster(callOf(request, call), request, { type: 'RetryRule', data });
  }

  @GrpcMethod(SERVICE, 'SettleProvision')
  settleProvision(message: unknown, _metadata: Metadata, call: Call): Answer {
    const request = validated(SettleProvisionDto, message);
    const { attempt_id, provisioned } = request;
    const data = { ...cluster(request), attempt_id, provisioned };
    return this.commands.cluster(callOf(request, call), request, { type: 'SettleProvision', data });
  }

  @GrpcMethod(SERVICE, 'ReinitialiseCluster')
  reinitialiseCluster(message: unknown, _metadata: Metadata, call: Call): Answer {
    const request = validated(ReinitialiseClusterDto, message);
    const data = { ...cluster(request), accept_data_loss: request.accept_data_loss };
    return this.commands.cluster(callOf(request, call), request, { type: 'AllowReinitialisation', data });
  }

  @GrpcMethod(SERVICE, 'NewCoordinatorEpoch')
  newCoordinatorEpoch(message: unknown, _metadata: Metadata, call: Call): Promise<RaisedEpoch> {
    const request = validated(NewCoordinatorEpochDto, message);
    return this.epochs.raise(callOf(request, call), request.reason);
  }

  #action(type: 'ApproveAction' | 'RejectAction' | 'CancelAction', message: unknown, call: Call): Answer {
    const request = validated(ActionDto, message);
    return this.commands.cluster(callOf(request, call), request, { type, data: action(request) });
  }

  #cluster(type: 'RequestCycle' | 'DeleteClusterSpec', message: unknown, call: Call): Answer {
    const request = validated(ClusterDto, message);
    return this.commands.cluster(callOf(request, call), request, { type, data: cluster(request) });
  }

  #platform(
    type: 'RequestDiscovery' | 'DeletePlatform' | 'AcceptDiscovery',
    message: unknown,
    call: Call,
  ): Answer {
    const request = validated(PlatformDto, message);
    return this.commands.platform(callOf(request, call), request, { type, data: platform(request) });
  }
}
