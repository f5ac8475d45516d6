import { Client, credentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from '@replicante/contracts';
import { MESSAGE_SHAPE } from '@replicante/service';
import { v7 } from 'uuid';
import { latencyOf } from '../measuring/figures.js';
import type { Latency } from '../measuring/figures.js';
import { answerParent } from '../rig/answer-parent.js';
import { random } from '../rig/random.js';

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

export interface CallsResult {
  readonly perSecond: number;
  readonly latency: Latency;
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

/** A closed loop: so many callers, each of which calls again as soon as it is answered. */
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
  const latencies: number[] = [];
  const hotLatencies: number[] = [];
  let [coldUsed, failed] = [0, 0];
  let failure: string | undefined;
  const next = (): { readonly cluster_id: string; readonly hot: boolean } => {
    const share = dice();
    if (share < HOT_SHARE) return { cluster_id: request.hot, hot: true };
    const cold = share < HOT_SHARE + COLD_SHARE ? request.cold[coldUsed] : undefined;
    if (cold !== undefined) coldUsed += 1;
    const any = request.warm[Math.floor(dice() * request.warm.length)];
    return { cluster_id: cold ?? any ?? request.hot, hot: false };
  };
  const began = performance.now();
  const end = began + request.seconds * 1_000;
  const caller = async (_: unknown, index: number): Promise<void> => {
    const client = clients[index % clients.length];
    while (client && performance.now() < end) {
      const { cluster_id, hot } = next();
      const meta = { command_id: v7(), claimed_actor: 'bench', traceparent: '' };
      const sent = performance.now();
      try {
        await call(client, { meta, ns_id: 'default', cluster_id });
      } catch (error) {
        failed += 1;
        failure ??= error instanceof Error ? error.message : String(error);
      }
      const took = performance.now() - sent;
      latencies.push(took);
      if (hot) hotLatencies.push(took);
    }
  };
  await Promise.all(Array.from({ length: request.inFlight }, caller));
  const seconds = (performance.now() - began) / 1_000;
  for (const client of clients) client.close();
  return {
    perSecond: (latencies.length - failed) / seconds,
    latency: latencyOf(latencies),
    hotLatency: latencyOf(hotLatencies),
    coldUsed,
    failed,
    ...(failure === undefined ? {} : { failure }),
  };
}

answerParent(run);
