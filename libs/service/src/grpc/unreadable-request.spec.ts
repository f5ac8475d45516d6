import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, credentials, ServerCredentials, type ServiceError } from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { protoPath } from '@replicante/contracts';
import { fromGrpcError } from './grpc-rejection.js';
import { MESSAGE_SHAPE } from './message-shape.js';
import { StrictServer } from './unreadable-request.js';

const service = loadSync(protoPath('command.proto'), MESSAGE_SHAPE)[
  'replicante.command.v1.CommandService'
] as ServiceDefinition;
const method = service['DeleteNamespace'];
if (!method) throw new Error('command.proto has no DeleteNamespace');

const server = new StrictServer();
let client: Client;

/** The id that the handler was given, or the refusal. */
const send = (bytes: Buffer): Promise<unknown> =>
  new Promise(resolve => {
    client.makeUnaryRequest<Buffer, { ref: string }>(
      method.path,
      b => b,
      b => method.responseDeserialize(b) as { ref: string },
      bytes,
      { deadline: Date.now() + 5_000 },
      (error: ServiceError | null, answer) =>
        resolve(error ? { status: error.code, code: fromGrpcError(error).code } : answer?.ref),
    );
  });
const REFUSED = { status: 3, code: 'INVALID_REQUEST' };

beforeAll(async () => {
  server.addService(service, {
    deleteNamespace: (
      { request }: { request: { id: string } },
      answer: (e: null, a: { ref: string }) => void,
    ) => answer(null, { ref: request.id }),
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
});
afterAll(() => {
  client?.close();
  server.forceShutdown();
});

describe('the bytes of a request', () => {
  it('are handed on when they are a message, U+FFFD of the client included', async () => {
    for (const id of ['default', 'a\uFFFDb', 'ünïcode'])
      expect(await send(method.requestSerialize({ id }))).toBe(id);
  });

  it('are refused as the caller’s fault when they are none', async () => {
    for (const bytes of [Buffer.from([0xff, 0xff, 0xff, 7, 1, 2]), Buffer.from('hello, is this JSON?')])
      expect(await send(bytes)).toEqual(REFUSED);
  });

  it('are refused when a text in them is not UTF-8, instead of being recorded as something else', async () => {
    expect(await send(Buffer.from([0x12, 2, 0xc3, 0x28]))).toEqual(REFUSED);
  });
});
