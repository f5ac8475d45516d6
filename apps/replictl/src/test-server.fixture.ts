import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { loadPackageDefinition, Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { encodeRejection, graphqlSchemaPath, protoPath, STATUS_DETAILS_KEY } from '@replicante/contracts';
import { buildSchema, graphql, parse } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';

/** For specs: the published surfaces on real sockets (SDL and proto), answered from values that a test gives. */
export interface TestServers {
  readonly environment: Readonly<Record<string, string>>;
  readonly calls: { readonly method: string; readonly request: Readonly<Record<string, unknown>> }[];
  /** Breaks every live connection, as a restart does. */
  readonly cutLive: () => void;
  readonly close: () => Promise<void>;
}
export type Answer =
  Readonly<Record<string, unknown>> | Parameters<typeof encodeRejection>[0] | { readonly status: number };
export type Answers = (method: string, request: Readonly<Record<string, unknown>>) => Answer;
type Root = Readonly<Record<string, unknown>>;

const schema = buildSchema(readFileSync(graphqlSchemaPath, 'utf8'));

async function startQuery(root: Root) {
  const http = createServer((request, response) => {
    void json(request).then(async body => {
      const { query, variables } = body as { query: string; variables: Record<string, unknown> };
      const answer = await graphql({ schema, source: query, rootValue: root, variableValues: variables });
      const errors = answer.errors?.map(error => error.toJSON());
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ...answer, ...(errors === undefined ? {} : { errors }) }));
    });
  });
  // Not while a test that starves this process still holds the connection.
  http.keepAliveTimeout = 60_000;
  const live = new WebSocketServer({ server: http, path: '/graphql' });
  useServer(
    {
      schema,
      context: () => ({}),
      onSubscribe: (_, __, { query, variables }) => ({
        schema,
        document: parse(query),
        variableValues: variables ?? {},
        rootValue: root,
      }),
    },
    live,
  );
  await new Promise<void>(resolve => http.listen(0, '127.0.0.1', resolve));
  return { http, live, port: (http.address() as AddressInfo).port };
}

function isRejection(answer: Answer): answer is Parameters<typeof encodeRejection>[0] {
  return 'code' in answer && 'message' in answer;
}

async function startCommand(answers: Answers, calls: TestServers['calls']) {
  const server = new Server();
  const loaded = loadSync(protoPath('command.proto'), { keepCase: true, defaults: true, longs: Number });
  const service = loaded['replicante.command.v1.CommandService'];
  if (service === undefined) throw new Error('no CommandService');
  loadPackageDefinition(loaded);
  const handler =
    (method: string) => (call: ServerUnaryCall<object, object>, done: sendUnaryData<object>) => {
      const request = call.request as Readonly<Record<string, unknown>>;
      calls.push({ method, request });
      const answer = answers(method, request);
      if (isRejection(answer)) {
        const { code, message, details } = encodeRejection(answer);
        const metadata = new Metadata();
        metadata.set(STATUS_DETAILS_KEY, details);
        done({ code, details: message, metadata });
      } else if ('status' in answer && typeof answer.status === 'number')
        done({ code: answer.status, details: 'broken' });
      else done(null, answer);
    };
  server.addService(
    service as Parameters<Server['addService']>[0],
    Object.fromEntries(Object.keys(service).map(method => [method, handler(method)])),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { server, port };
}

export async function startTestServers(root: Root, answers: Answers): Promise<TestServers> {
  const calls: TestServers['calls'] = [];
  const query = await startQuery(root);
  const command = await startCommand(answers, calls);
  return {
    environment: {
      REPLICTL_SERVER: `http://127.0.0.1:${query.port}`,
      REPLICTL_GRPC: `127.0.0.1:${command.port}`,
      USER: 'jo',
    },
    calls,
    cutLive: () => query.live.clients.forEach(socket => socket.terminate()),
    async close() {
      command.server.forceShutdown();
      query.live.clients.forEach(socket => socket.terminate());
      query.live.close();
      query.http.closeAllConnections();
      await new Promise<void>(resolve => query.http.close(() => resolve()));
    },
  };
}
