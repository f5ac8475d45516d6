import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { loadSync } from '@grpc/proto-loader';
import { decodeRejection, grpcTarget, protoPath, STATUS_DETAILS_KEY } from '@replicante/contracts';
import { ERROR_CATALOGUE } from '@replicante/kernel';
import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { noConnection } from './no-connection.js';
import { HandError } from '../output/hand-error.js';

export interface CommandAnswer {
  readonly position: string;
  readonly revision: number;
  readonly changed: boolean;
  readonly ref: string;
  readonly action_id: string;
  readonly repeated: boolean;
}

export interface CommandClient {
  /**
   * Sends one command under one id, and again under the same id while it cannot be told whether it was recorded.
   * Refuses with a `HandError`; one that may have been recorded names the id to repeat.
   */
  send<T = CommandAnswer>(
    method: string,
    request: Readonly<Record<string, unknown>>,
    commandId?: string,
  ): Promise<T>;
  close(): void;
}

const ATTEMPTS = 5;
const DEADLINE_MS = 10_000;
/** gRPC statuses after which nobody knows whether the command was recorded, when no code of ours came along. */
const IN_DOUBT: readonly number[] = [status.UNAVAILABLE, status.UNKNOWN, status.DEADLINE_EXCEEDED];

const service = loadSync(protoPath('command.proto'), {
  keepCase: true,
  defaults: true,
  longs: Number,
  enums: String,
})['replicante.command.v1.CommandService'];

type Method = MethodDefinition<object, object>;

function methodOf(name: string): Method {
  const method: unknown = service === undefined ? undefined : Reflect.get(service, name);
  if (typeof method !== 'object' || method === null || !('requestSerialize' in method))
    throw new Error(`command.proto has no ${name}`);
  return method as Method;
}

interface Refused {
  readonly error: HandError;
  readonly again: boolean;
  /** Nobody was there to take it: this try cannot have been recorded. */
  readonly unsent?: boolean;
}

function refusal(error: ServiceError, address: string): Refused {
  const details = error.metadata.get(STATUS_DETAILS_KEY)[0];
  const decoded = decodeRejection({
    message: error.details || error.message,
    ...(Buffer.isBuffer(details) ? { details } : {}),
  });
  if (decoded.code !== null)
    return {
      error: new HandError(decoded.code, decoded.message, decoded.violations),
      again: ERROR_CATALOGUE[decoded.code].exit === 6,
    };
  const refused = /^(round_robin: )?(No connection established|Name resolution failed)/.test(decoded.message)
    ? noConnection(address, decoded.message)
    : undefined;
  if (error.code === status.UNAVAILABLE && refused !== undefined)
    return { error: new HandError('SERVICE_UNAVAILABLE', refused), again: true, unsent: true };
  if (error.code === status.UNAVAILABLE)
    return {
      error: new HandError(
        'SERVICE_UNAVAILABLE',
        `the command service at ${address} cannot be reached: ${decoded.message}`,
      ),
      again: true,
    };
  if (error.code === status.RESOURCE_EXHAUSTED)
    return { error: new HandError('REQUEST_TOO_LARGE', decoded.message), again: false };
  if (IN_DOUBT.includes(error.code))
    return { error: new HandError('OUTCOME_UNKNOWN', decoded.message), again: true };
  return {
    error: new HandError('INTERNAL', `${status[error.code] ?? error.code}: ${decoded.message}`),
    again: false,
  };
}

/** `address`: `host:port`, or several `ip:port` with commas; calls go to whoever of them answers. */
export function openCommandClient(address: string, claimedActor: string | undefined): CommandClient {
  const { target, serviceConfig } = grpcTarget(address);
  const client = new Client(target, credentials.createInsecure(), { 'grpc.service_config': serviceConfig });
  const once = (method: Method, request: object): Promise<{ answer: object } | Refused> =>
    new Promise(resolve => {
      client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        new Metadata(),
        { deadline: Date.now() + DEADLINE_MS },
        (error, answer) => {
          if (error !== null) resolve(refusal(error, address));
          else if (answer === undefined)
            resolve({ error: new HandError('INTERNAL', 'an empty answer'), again: false });
          else resolve({ answer });
        },
      );
    });
  return {
    async send<T>(
      name: string,
      request: Readonly<Record<string, unknown>>,
      commandId = uuidv7(),
    ): Promise<T> {
      const method = methodOf(name);
      const whole = { ...request, meta: { command_id: commandId, claimed_actor: claimedActor ?? '' } };
      let sent = false;
      for (let attempt = 1; ; attempt++) {
        const result = await once(method, whole);
        if ('answer' in result) return result.answer as T;
        sent ||= result.unsent !== true;
        if (!result.again) throw result.error;
        // In no doubt: there is nothing to repeat under its id.
        if (attempt === ATTEMPTS && !sent) throw result.error;
        if (attempt === ATTEMPTS)
          throw new HandError(
            result.error.code,
            `${result.error.message}; tried ${ATTEMPTS} times. Repeat it safely with --command-id ${commandId}`,
            result.error.violations,
          );
        // Back-off between repeats of one id: doubling keeps a service that restarts from being hammered.
        await delay(100 * 2 ** attempt);
      }
    },
    close: () => client.close(),
  };
}
