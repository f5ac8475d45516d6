import type { Metadata } from '@grpc/grpc-js';
import { Controller, Inject, UseGuards } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Call } from '../call-time.js';
import { withinMs } from '../call-time.js';
import { validated } from '../validation/validated.js';
import type { ControlCall } from './control-commands.js';
import { ControlCommands } from './control-commands.js';
import { ControlTokenGuard } from './control-token.guard.js';
import { attemptOutcome, cycleObservation, platformObservation } from './documents.js';
import { RecordDiscoveries } from './record-discoveries.js';
import type { WithControlMeta } from './requests.dto.js';
import {
  BeginCycleDto,
  BeginDiscoveryDto,
  RecordOutcomeDto,
  SubmitDiscoveryDto,
  SubmitObservationDto,
} from './requests.dto.js';

const SERVICE = 'ControlService';
const callOf = ({ meta }: WithControlMeta, call: Call): ControlCall => ({ meta, withinMs: withinMs(call) });

/** replicante.control.v1: the worker's calls. */
@Controller()
@UseGuards(ControlTokenGuard)
export class ControlController {
  constructor(
    @Inject(ControlCommands) private readonly commands: ControlCommands,
    @Inject(RecordDiscoveries) private readonly discoveries: RecordDiscoveries,
  ) {}

  @GrpcMethod(SERVICE, 'BeginCycle')
  async beginCycle(message: unknown, _metadata: Metadata, call: Call): Promise<{ plan_json: string }> {
    const request = validated(BeginCycleDto, message);
    const { ns_id, cluster_id, cycle_id } = request;
    const { answer } = await this.commands.cluster(callOf(request, call), request, {
      type: 'BeginCycle',
      data: { ns_id, cluster_id, cycle_id },
    });
    if (answer.kind !== 'cycle_plan') throw new Error(`BeginCycle answered ${answer.kind}`);
    return { plan_json: JSON.stringify(answer.plan) };
  }

  @GrpcMethod(SERVICE, 'SubmitObservation')
  async submitObservation(
    message: unknown,
    _metadata: Metadata,
    call: Call,
  ): Promise<{ instructions_json: string; sample_json: string; position: string }> {
    const request = validated(SubmitObservationDto, message);
    const { ns_id, cluster_id, act_within_ms } = request;
    const observation = cycleObservation(request.observation_json);
    const { answer, position } = await this.commands.cluster(callOf(request, call), request, {
      type: 'SubmitObservation',
      data: { ns_id, cluster_id, observation, act_within_ms },
    });
    // A repeat: it was recorded, and what it was told then is not told again.
    if (answer.kind !== 'cycle_verdict') return { instructions_json: '[]', sample_json: '', position };
    const { instructions, sample } = answer.verdict;
    return { instructions_json: JSON.stringify(instructions), sample_json: JSON.stringify(sample), position };
  }

  @GrpcMethod(SERVICE, 'RecordOutcome')
  async recordOutcome(message: unknown, _metadata: Metadata, call: Call): Promise<{ position: string }> {
    const request = validated(RecordOutcomeDto, message);
    const { ns_id, cluster_id, attempt_id } = request;
    const outcome = attemptOutcome(request.outcome_json);
    const { position } = await this.commands.cluster(callOf(request, call), request, {
      type: 'RecordOutcome',
      data: { ns_id, cluster_id, attempt_id, outcome },
    });
    return { position };
  }

  @GrpcMethod(SERVICE, 'BeginDiscovery')
  async beginDiscovery(message: unknown, _metadata: Metadata, call: Call): Promise<{ plan_json: string }> {
    const request = validated(BeginDiscoveryDto, message);
    const { ns_id, name } = request;
    const { answer } = await this.commands.platform(callOf(request, call), request, {
      type: 'BeginDiscovery',
      data: { ns_id, name },
    });
    if (answer.kind !== 'discovery_plan') throw new Error(`BeginDiscovery answered ${answer.kind}`);
    return { plan_json: JSON.stringify(answer.plan) };
  }

  @GrpcMethod(SERVICE, 'SubmitDiscovery')
  async submitDiscovery(
    message: unknown,
    _metadata: Metadata,
    call: Call,
  ): Promise<{ result: string; position: string }> {
    const receivedAtMs = Date.now();
    const request = validated(SubmitDiscoveryDto, message);
    const { ns_id, name } = request;
    const observation = platformObservation(request.observation_json);
    const control = callOf(request, call);
    const { answer, position } = await this.commands.platform(control, request, {
      type: 'SubmitDiscovery',
      data: { ns_id, name, observation },
    });
    if (answer.kind !== 'discovery_verdict') throw new Error(`SubmitDiscovery answered ${answer.kind}`);
    const { verdict } = answer;
    if (verdict.result !== 'recorded') return { result: verdict.result, position };
    const discovery = { call: control, ns_id, name, observation, verdict, receivedAtMs };
    return { result: verdict.result, position: await this.discoveries.record(discovery, position) };
  }
}
