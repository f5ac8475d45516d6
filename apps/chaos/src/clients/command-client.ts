import { Client, credentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { STATUS_DETAILS_KEY, decodeRejection, protoDirectory, protoPath } from '@replicante/contracts';

/** What a client knows of one call. `unknown`: it cannot tell whether the command was recorded. */
export type CallOutcome =
  | {
      readonly kind: 'ok';
      readonly position: string;
      readonly revision: number;
      readonly changed: boolean;
      readonly repeated: boolean;
      readonly actionId: string;
    }
  | { readonly kind: 'fail'; readonly code: string; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

/** One line of the client's history. */
export interface CommandCall {
  readonly commandId: string;
  readonly method: string;
  /** Request without its meta, as text: equal for a repeat. */
  readonly payload: string;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly outcome: CallOutcome;
}

interface Response {
  readonly position: string;
  readonly revision: string;
  readonly changed: boolean;
  readonly repeated: boolean;
  readonly action_id: string;
}

/** Codes that do not tell whether the command was recorded. */
const UNTOLD = new Set(['OUTCOME_UNKNOWN', 'INTERNAL']);

/** Calls the command service as any client of the published proto does, and writes down what came of it. */
export class CommandClient {
  readonly history: CommandCall[] = [];
  readonly #client: Client;
  readonly #methods;

  constructor(address: string) {
    const loaded = loadSync(protoPath('command.proto'), {
      ...{ keepCase: true, longs: String, defaults: true, includeDirs: [protoDirectory] },
    });
    const service = loaded['replicante.command.v1.CommandService'];
    if (!service || 'format' in service) throw new Error('command.proto has no CommandService');
    this.#methods = service;
    this.#client = new Client(address, credentials.createInsecure(), {
      ...{
        'grpc.initial_reconnect_backoff_ms': 100,
        'grpc.max_reconnect_backoff_ms': 500,
        'grpc.enable_retries': 0,
      },
    });
  }

  async call(method: string, commandId: string, request: object, deadlineMs = 5_000): Promise<CallOutcome> {
    const payload = JSON.stringify(request);
    const beganAt = Date.now();
    const outcome = await this.#send(method, { meta: { command_id: commandId }, ...request }, deadlineMs);
    this.history.push({ commandId, method, payload, beganAt, endedAt: Date.now(), outcome });
    return outcome;
  }

  close(): void {
    this.#client.close();
  }

  #send(method: string, request: object, deadlineMs: number): Promise<CallOutcome> {
    const definition = (this.#methods as Readonly<Record<string, unknown>>)[method];
    if (!isMethod(definition)) throw new Error(`no method ${method}`);
    return new Promise(resolve => {
      this.#client.makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        request,
        { deadline: Date.now() + deadlineMs },
        (error, response) => {
          if (!error) return resolve(answered(response as Response));
          const [details] = error.metadata.get(STATUS_DETAILS_KEY);
          const { code, message } = decodeRejection({
            message: error.details,
            details: typeof details === 'string' ? undefined : details,
          });
          if (code !== null && !UNTOLD.has(code)) resolve({ kind: 'fail', code, message });
          else resolve({ kind: 'unknown', message: `${code ?? error.code}: ${message}` });
        },
      );
    });
  }
}

interface Method {
  readonly path: string;
  readonly requestSerialize: (value: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
}

const isMethod = (value: unknown): value is Method =>
  typeof value === 'object' && value !== null && 'requestSerialize' in value;

function answered({
  position,
  revision,
  changed,
  repeated,
  action_id,
}: Response | undefined = EMPTY): CallOutcome {
  return { kind: 'ok', position, revision: Number(revision), changed, repeated, actionId: action_id };
}

const EMPTY: Response = { position: '', revision: '-1', changed: false, repeated: false, action_id: '' };
