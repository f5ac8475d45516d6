import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import type { Empty } from '@eventstore/db-client/generated/shared_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { parseArgs } from 'node:util';
import { appendService } from './append-service.js';
import { EventLog } from './event-log.js';
import { readService } from './read-service.js';

/** The double as a process: `--port`, `--directory`, and how long it is not ready after its start. */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '2113' },
    directory: { type: 'string' },
    'not-ready-ms': { type: 'string', default: '1000' },
  },
});
if (values.directory === undefined) throw new Error('--directory is needed');
const port = Number(values.port);
console.log('FAKE EventStoreDB: a double for tests and for trying out, not a database. Keep nothing in it.');

const started = performance.now();
const isReady = () => performance.now() - started >= Number(values['not-ready-ms']);
const log = new EventLog(values.directory);
const appends = appendService(log, isReady);

const supportedMethods: handleUnaryCall<Empty, SupportedMethods> = (_, callback) => {
  const methods = ['append', 'batchappend', 'read', 'delete', 'tombstone'].map(name =>
    new features.SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName(name),
  );
  callback(
    null,
    new features.SupportedMethods().setMethodsList(methods).setEventStoreServerVersion('24.2.0-double'),
  );
};

/** A cluster of one, its leader. */
const members: handleUnaryCall<Empty, ClusterInfo> = (_, callback) => {
  const leader = new gossip.MemberInfo()
    .setState(gossip.MemberInfo.VNodeState.LEADER)
    .setIsAlive(true)
    .setTimeStamp(String(Date.now()))
    .setHttpEndPoint(new gossip.EndPoint().setAddress('127.0.0.1').setPort(port));
  callback(null, new gossip.ClusterInfo().setMembersList([leader]));
};

const server = new Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
server.addService(streamsGrpc.StreamsService, { ...appends, read: readService(log, isReady) });
server.addService(featuresGrpc.ServerFeaturesService, { getSupportedMethods: supportedMethods });
server.addService(gossipGrpc.GossipService, { read: members });
server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), error => {
  if (error) throw error;
  console.log(`listening on 127.0.0.1:${port}, ready in ${values['not-ready-ms']} ms`);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    server.forceShutdown();
    log.close();
    process.exit(0);
  });
