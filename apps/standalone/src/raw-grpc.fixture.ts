import { Client, Metadata, credentials, status, type ServiceError } from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import type { DecodedRejection } from '@replicante/contracts';
import { decodeRejection, protoDirectory, protoPath, STATUS_DETAILS_KEY } from '@replicante/contracts';

export const LOADING = {
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
  includeDirs: [protoDirectory],
};

const loaded = {
  ...loadSync(protoPath('command.proto'), LOADING),
  ...loadSync(protoPath('control.proto'), LOADING),
};

export function serviceOf(name: string, from: typeof loaded = loaded): ServiceDefinition {
  const service = from[name];
  if (service === undefined || 'format' in service) throw new Error(`no service ${name}`);
  return service;
}

export interface Refusal extends DecodedRejection {
  readonly status: string;
  readonly fields: readonly string[];
}
export type Outcome = { readonly answer: Readonly<Record<string, unknown>> } | { readonly refusal: Refusal };

/** Any bytes to any method, and the refusal as any client of ours reads it. */
export class RawGrpc {
  private readonly client: Client;

  private readonly metadata = new Metadata();

  /** `token`: for control.v1. */
  constructor(address: string, token?: string) {
    if (token !== undefined) this.metadata.set('authorization', `Bearer ${token}`);
    this.client = new Client(address, credentials.createInsecure(), { 'grpc.max_send_message_length': -1 });
  }

  send(path: string, bytes: Buffer): Promise<Buffer | Refusal> {
    return new Promise(resolve => {
      const answered = (error: ServiceError | null, answer?: Buffer): void => {
        if (!error) return resolve(answer ?? Buffer.alloc(0));
        const [details] = error.metadata.get(STATUS_DETAILS_KEY);
        const decoded = decodeRejection({
          message: error.details,
          ...(Buffer.isBuffer(details) ? { details } : {}),
        });
        const fields = decoded.violations.map(v => v.field);
        resolve({ ...decoded, fields, status: status[error.code] ?? String(error.code) });
      };
      const same = (b: Buffer): Buffer => b;
      this.client.makeUnaryRequest(
        path,
        same,
        same,
        bytes,
        this.metadata,
        { deadline: Date.now() + 10_000 },
        answered,
      );
    });
  }

  async call(service: ServiceDefinition, name: string, request: object): Promise<Outcome> {
    const method = service[name];
    if (!method) throw new Error(`no method ${name}`);
    const outcome = await this.send(method.path, method.requestSerialize(request));
    if (!Buffer.isBuffer(outcome)) return { refusal: outcome };
    return { answer: method.responseDeserialize(outcome) as Readonly<Record<string, unknown>> };
  }

  /** What it was refused with; an answer is an error. */
  async refusal(service: ServiceDefinition, name: string, request: object): Promise<Refusal> {
    const outcome = await this.call(service, name, request);
    if ('refusal' in outcome) return outcome.refusal;
    throw new Error(`${name} was accepted: ${JSON.stringify(outcome.answer)}`);
  }

  async answer(
    service: ServiceDefinition,
    name: string,
    request: object,
  ): Promise<Readonly<Record<string, unknown>>> {
    const outcome = await this.call(service, name, request);
    if ('answer' in outcome) return outcome.answer;
    throw new Error(`${name} was refused: ${JSON.stringify(outcome.refusal)}`);
  }

  /** One answer to each message of a stream, in order. */
  async stream(
    service: ServiceDefinition,
    name: string,
    requests: readonly object[],
  ): Promise<readonly object[]> {
    const method = service[name];
    if (!method) throw new Error(`no method ${name}`);
    const call = this.client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      { deadline: Date.now() + 10_000 },
    );
    for (const request of requests) call.write(request);
    call.end();
    const answers: object[] = [];
    for await (const answer of call) answers.push(answer as object);
    return answers;
  }

  close(): void {
    this.client.close();
  }
}
