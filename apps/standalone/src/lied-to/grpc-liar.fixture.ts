import { ERROR_CATALOGUE } from '@replicante/kernel';
import { holds } from '@replicante/testing';
import { isDeepStrictEqual } from 'node:util';
import { v7 } from 'uuid';
import { RawGrpc, type Refusal, serviceOf } from '../raw-grpc.fixture.js';
import { type Call, callOf, UUID_V7 } from './grpc-fields.fixture.js';
import { type GrpcInput, messageOf, VALID_MANIFESTS } from './grpc-inputs.fixture.js';
import { CONTROL_TOKEN } from './services.fixture.js';

const SERVICES = {
  command: serviceOf('replicante.command.v1.CommandService'),
  control: serviceOf('replicante.control.v1.ControlService'),
};
/** Statuses of a refusal by the state of things: the input itself was well formed. */
const OF_STATE = /^(NOT_FOUND|ALREADY_EXISTS|FAILED_PRECONDITION|ABORTED)$/;

/** Nothing is down while inputs are told: whoever answers so has a defect. */
const OURS = /^(INTERNAL|OUTCOME_UNKNOWN|EVENT_STORE_UNAVAILABLE|SERVICE_UNAVAILABLE|CONCURRENT_CHANGE)$/;

/** Sends inputs, judges the answers, and remembers whose events may be in the store. */
export class GrpcLiar {
  readonly #grpc: RawGrpc;
  /** Command ids that were answered with success. */
  readonly #accepted = new Set<string>();
  readonly #counts = new Map<string, number>();

  constructor(
    address: string,
    private readonly sees: (code: string) => void,
  ) {
    this.#grpc = new RawGrpc(address, CONTROL_TOKEN);
  }

  close(): void {
    this.#grpc.close();
  }

  counts(): string {
    return [...this.#counts].map(([what, n]) => `${what} ${n}`).join(', ');
  }

  /** What valid inputs are about. */
  async prepare(): Promise<void> {
    for (const manifest of VALID_MANIFESTS) await this.tell({ kind: 'valid', manifest, twice: false });
  }

  async tell(input: GrpcInput): Promise<void> {
    switch (input.kind) {
      case 'fields':
        return this.#fields(input);
      case 'manifest':
        return this.#manifest(input.text, input.verdict);
      case 'bytes': {
        const call = callOf(input.method);
        const bytes = damaged(this.#bytes(call, messageOf(input.values)), input.damage);
        const answer = await this.#send(call, bytes, 'damaged');
        // Whatever it was taken for, it is judged as that; what no message can be is the caller's fault.
        if (Buffer.isBuffer(answer)) this.#accepted.add(this.#commandId(call, bytes));
        else this.#judge(answer);
        return;
      }
      case 'valid': {
        const id = v7();
        const first = await this.#apply(input.manifest, id);
        holds(first['repeated'] === false, () => 'a fresh command is answered as a repeat');
        if (!input.twice) return;
        const again = await this.#apply(input.manifest, id);
        // What changed nothing is not remembered, and changes nothing again.
        holds(
          again['ref'] === first['ref'] && again['repeated'] === first['changed'],
          () => `${JSON.stringify(first)}, repeated: ${JSON.stringify(again)}`,
        );
        return;
      }
      case 'huge': {
        const refused = await this.#refusal('Apply', {
          meta: { command_id: v7() },
          manifest_json: ' '.repeat(input.bytes),
        });
        const code = refused.code ?? refused.status;
        holds(
          /^(INVALID_REQUEST|RESOURCE_EXHAUSTED|REQUEST_TOO_LARGE)$/.test(code),
          () => `too large: ${code}`,
        );
        this.sees(refused.code ?? 'REQUEST_TOO_LARGE');
      }
    }
  }

  async #fields({ method, values, wrong }: Extract<GrpcInput, { kind: 'fields' }>): Promise<void> {
    const id = v7();
    const call = callOf(method);
    const answer = await this.#send(call, this.#bytes(call, messageOf(values, id)), 'fields');
    if (Buffer.isBuffer(answer)) {
      holds(wrong.length === 0, () => `taken although wrong: ${wrong.join(', ')}`);
      const given = values['meta.command_id'];
      this.#accepted.add(given === '(new)' ? id : String(given));
      return;
    }
    this.#judge(answer);
    const named = [...new Set(answer.fields)].sort();
    const ofForm = wrong.filter(path => path !== 'meta.command_id' || !UUID_V7.test(String(values[path])));
    const inside = named.every(field => /_json\b|^meta\.lease\.work$/.test(field));
    const shown = (): string => `wrong: ${wrong.join(', ')}; answered ${JSON.stringify(answer)}`;
    const isInvalid = answer.status === 'INVALID_ARGUMENT';
    if (ofForm.length > 0)
      // The time of an id is looked at when its form is right, and with it all else.
      holds(answer.code === 'INVALID_REQUEST' && isDeepStrictEqual(named, [...ofForm].sort()), shown);
    else if (wrong.length > 0) holds((isInvalid && inside) || isDeepStrictEqual(named, wrong), shown);
    // Well formed: what is refused now is a document inside, by its path, or is refused by the state of things.
    else holds(isInvalid ? inside : OF_STATE.test(answer.status), shown);
  }

  async #manifest(text: string, verdict: 'fits' | 'does not fit' | 'too long'): Promise<void> {
    const id = v7();
    const apply: Call = { service: 'command', method: 'Apply', fields: {} };
    const bytes = this.#bytes(apply, { meta: { command_id: id }, manifest_json: text });
    const answer = await this.#send(apply, bytes, 'manifest');
    if (Buffer.isBuffer(answer)) {
      holds(verdict === 'fits', () => `taken although it ${verdict}`);
      this.#accepted.add(id);
      return;
    }
    this.#judge(answer);
    const expected =
      verdict === 'fits'
        ? OF_STATE.test(answer.status)
        : /^(MANIFEST_INVALID|RESOURCE_NOT_SUPPORTED|INVALID_REQUEST)$/.test(answer.code ?? '');
    holds(expected, () => `it ${verdict}, and is answered ${JSON.stringify(answer)}`);
  }

  async #apply(manifest: unknown, id: string): Promise<Readonly<Record<string, unknown>>> {
    this.#count('valid');
    const request = { meta: { command_id: id }, manifest_json: JSON.stringify(manifest) };
    const answer = await this.#grpc.answer(SERVICES.command, 'Apply', request);
    this.#accepted.add(id);
    return answer;
  }

  async #refusal(method: string, request: object): Promise<Refusal> {
    this.#count('huge');
    return this.#grpc.refusal(SERVICES.command, method, request);
  }

  #bytes({ service, method }: Call, message: object): Buffer {
    const definition = SERVICES[service][method];
    if (definition === undefined) throw new Error(`no method ${method}`);
    return definition.requestSerialize(message);
  }

  /** As the bytes themselves say it. */
  #commandId({ service, method }: Call, bytes: Buffer): string {
    const request = SERVICES[service][method]?.requestDeserialize(bytes) as {
      meta?: { command_id?: string };
    };
    return request.meta?.command_id ?? '';
  }

  #send({ service, method }: Call, bytes: Buffer, what: string): Promise<Buffer | Refusal> {
    this.#count(what);
    return this.#grpc.send(SERVICES[service][method]?.path ?? '', bytes);
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  /** What holds of every refusal. */
  #judge({ code, status, message, violations }: Refusal): void {
    const shown = (): string => JSON.stringify({ code, status, message, violations });
    holds(
      code !== null && Object.hasOwn(ERROR_CATALOGUE, code),
      () => `no code of the catalogue: ${shown()}`,
    );
    this.sees(code);
    this.#count(code);
    holds(!OURS.test(code), () => `our fault, they say: ${shown()}`);
    holds(
      message !== '' && !/\n\s+at |node:internal|\.js:\d/.test(message),
      () => `tells of our insides: ${shown()}`,
    );
    holds(status !== 'INVALID_ARGUMENT' || violations.length > 0, () => `names no field: ${shown()}`);
    holds(
      violations.every(v => v.description !== ''),
      () => `says nothing: ${shown()}`,
    );
  }

  /** Events in the store that no accepted command asked for. */
  async eventsOfNobody(url: string): Promise<readonly string[]> {
    const strangers: string[] = [];
    for (let after: string | null = null; ;) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query:
            'query ($after: String) { events(first: 200, after: $after) { nodes { id type commandId causationId } pageInfo { hasNextPage endCursor } } }',
          variables: { after },
        }),
      });
      const { data } = (await response.json()) as {
        data: {
          events: {
            nodes: { type: string; commandId: string; causationId: string | null }[];
            pageInfo: { hasNextPage: boolean; endCursor: string };
          };
        };
      };
      for (const { type, commandId, causationId } of data.events.nodes)
        if (!this.#accepted.has(commandId) && !this.#accepted.has(causationId ?? ''))
          strangers.push(`${type} of ${commandId}`);
      if (!data.events.pageInfo.hasNextPage) return strangers;
      after = data.events.pageInfo.endCursor;
    }
  }
}

function damaged(bytes: Buffer, damage: Extract<GrpcInput, { kind: 'bytes' }>['damage']): Buffer {
  if (damage.how === 'append') return Buffer.concat([bytes, Buffer.from(damage.bytes)]);
  const at = damage.at % Math.max(bytes.length, 1);
  if (damage.how === 'cut') return bytes.subarray(0, at);
  if (damage.how === 'double') return Buffer.concat([bytes, bytes]);
  const flipped = Buffer.from(bytes);
  flipped[at] = (flipped[at] ?? 0) ^ 0x81;
  return flipped;
}
