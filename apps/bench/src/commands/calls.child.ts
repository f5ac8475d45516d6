import { Client, credentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from '@replicante/contracts';
import { MESSAGE_SHAPE } from '@replicante/service';
import { v7 } from 'uuid';
import { latencyOf } from '../measuring/figures.js';
import type { Latency } from '../measuring/figures.js';
import { answerParent } from '@replicante/processes';
import { closedLoop } from '../rig/closed-loop.js';
import type { LoopResult } from '../rig/closed-loop.js';
import { random } from '@replicante/simulated-fleet';

export interface CallsRequest {
  readonly address: string;
  readonly seconds: number;
  readonly inFlight: number;
  readonly connections: number;
  readonly seed: number;
  /** Cluster ids; each call goes to the hot one, to the next cold one, or to any of the warm ones. */
  readonly hot: string;
  readonly warm: readonly string[];
  readonly cold: readonly string[];
}

/** Calls that failed are not counted in its rate. */
export interface CallsResult extends LoopResult {
  /** Of the calls to the hot stream alone. */
  readonly hotLatency: Latency;
  readonly coldUsed: number;
  readonly failed: number;
  readonly failure?: string;
}

const HOT_SHARE = 0.2;
const COLD_SHARE = 0.1;
const METHOD = 'OrchestrateCluster';

function methodOf() {
  const service = loadSync(protoPath('command.proto'), MESSAGE_SHAPE)['replicante.command.v1.CommandService'];
  if (service === undefined || 'format' in service) throw new Error('command.proto has no CommandService');
  const method = service[METHOD];
  if (method === undefined) throw new Error(`CommandService has no ${METHOD}`);
  return method;
}
const method = methodOf();

const call = (client: Client, request: object): Promise<void> =>
  new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      { deadline: Date.now() + 20_000 },
      error => (error ? reject(error) : resolve()),
    );
  });

async function run(request: CallsRequest): Promise<CallsResult> {
  const clients = Array.from(
    { length: request.connections },
    // Without this, grpc-js shares one connection among the clients of one address.
    (_, index) =>
      new Client(request.address, credentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': 1,
        'grpc.enable_retries': 0,
        'bench.connection': index,
      }),
  );
  const dice = random(request.seed);
  const hotLatencies: number[] = [];
  let [calls, coldUsed, failed] = [0, 0, 0];
  let failure: string | undefined;
  const next = (): { readonly cluster_id: string; readonly hot: boolean } => {
    const share = dice();
    if (share < HOT_SHARE) return { cluster_id: request.hot, hot: true };
    const cold = share < HOT_SHARE + COLD_SHARE ? request.cold[coldUsed] : undefined;
    if (cold !== undefined) coldUsed += 1;
    const any = request.warm[Math.floor(dice() * request.warm.length)];
    return { cluster_id: cold ?? any ?? request.hot, hot: false };
  };
  const loop = await closedLoop(request.inFlight, request.seconds, index => async () => {
    const client = clients[index % clients.length];
    if (client === undefined) throw new Error('no connections');
    const { cluster_id, hot } = next();
    const meta = { command_id: v7(), claimed_actor: 'bench', traceparent: '' };
    const sent = performance.now();
    calls += 1;
    try {
      await call(client, { meta, ns_id: 'default', cluster_id });
    } catch (error) {
      failed += 1;
      failure ??= error instanceof Error ? error.message : String(error);
    }
    if (hot) hotLatencies.push(performance.now() - sent);
  });
  for (const client of clients) client.close();
  return {
    perSecond: (loop.perSecond * (calls - failed)) / calls,
    latency: loop.latency,
    hotLatency: latencyOf(hotLatencies),
    coldUsed,
    failed,
    ...(failure === undefined ? {} : { failure }),
  };
}

answerParent(run);
