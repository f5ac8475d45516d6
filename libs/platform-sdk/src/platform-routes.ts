import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  ADVERTISES_KEYS,
  type Decoded,
  PLATFORM_HEADERS,
  REFUSED_AS_FENCED,
  decodeDeprovisionRequest,
  decodeProvisionRequest,
  formatFence,
  parseFence,
  platformError,
} from '@replicante/platform-protocol';
import { messageOf } from '@replicante/processes';
import type { AttemptJournal } from './attempt-journal.js';
import type { CallLog, CallLogEntry } from './call-log.js';
import { type Effect, type EffectIds, type EffectOutcome, Effects } from './effects.js';
import type { PlatformImplementation } from './platform-implementation.js';
import { readJsonBody } from './request-body.js';
import { turnAway } from './request-guard.js';

export interface RouteOptions {
  readonly platform: PlatformImplementation;
  /** Asked for as a bearer token. */
  readonly token: string;
  /** Without one, attempt ids, idempotency keys and fences are ignored, as by platforms of others. */
  readonly journal?: AttemptJournal | undefined;
  readonly callLog?: CallLog | undefined;
  /** Default 1 MiB. */
  readonly maxBodyBytes?: number;
}

/** What is sent back. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type ReadEffect = (ids: EffectIds, body: unknown) => Decoded<Effect>;

/** From a request to its answer; no sockets here. */
export class PlatformRoutes {
  readonly #effects: Effects;
  readonly #run = randomUUID();
  #calls = 0;

  constructor(private readonly options: RouteOptions) {
    this.#effects = new Effects(options.journal);
  }

  async answer(request: IncomingMessage): Promise<Answer> {
    const turned = turnAway(request, this.options.token);
    if (turned) return problem(turned.status, turned.message);
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const method = request.method ?? '';
    if (path === '/discover') {
      return ['GET', 'POST'].includes(method) ? this.#discover() : problem(405, 'discover takes GET');
    }
    const read = this.#effectOf(path);
    if (!read) return problem(404, `no such endpoint: ${path}`);
    if (method !== 'POST') return problem(405, `${path.slice(1)} takes POST`);
    return this.#effect(request, read);
  }

  async #discover(): Promise<Answer> {
    const log = this.#begin('discover', { attemptId: null, idempotencyKey: null, fence: null }, null);
    try {
      const clusters = await this.options.platform.discover();
      log({
        status: 200,
        outcome: 'done',
        body: { nodes: clusters.reduce((sum, c) => sum + c.nodes.length, 0) },
      });
      const headers = this.options.journal ? { [PLATFORM_HEADERS.idempotency]: ADVERTISES_KEYS } : {};
      return { status: 200, body: { clusters }, headers };
    } catch (error) {
      log({ status: 500, outcome: 'failed', body: messageOf(error) });
      throw error;
    }
  }

  async #effect(request: IncomingMessage, read: ReadEffect): Promise<Answer> {
    const ids = readIds(request);
    if (!ids) return problem(400, `${PLATFORM_HEADERS.fencingToken} is not <epoch>.<token>`);
    const body = await readJsonBody(request, this.options.maxBodyBytes ?? 1024 * 1024);
    if (!body.ok) return problem(body.status, body.message);
    const effect = read(ids, body.value);
    if (!effect.ok) {
      const why = effect.problems.map(({ path, problem: what }) => `${path} ${what}`);
      return {
        status: 400,
        body: { ...platformError(`unfit request: ${why.join('; ')}`), problems: effect.problems },
      };
    }
    const log = this.#begin(effect.value.endpoint, ids, effect.value.clusterId);
    const outcome = await this.#effects.run(effect.value);
    log(outcome);
    return {
      status: outcome.status,
      ...(outcome.status === 204 ? {} : { body: outcome.body }),
      ...(outcome.fenced ? { headers: { [PLATFORM_HEADERS.refusal]: REFUSED_AS_FENCED } } : {}),
    };
  }

  #effectOf(path: string): ReadEffect | undefined {
    const { platform } = this.options;
    if (path === '/provision') {
      return (ids, body) =>
        map(decodeProvisionRequest(body), request => ({
          ...ids,
          endpoint: 'provision',
          clusterId: request.cluster.cluster_id,
          request,
          carryOut: async attempt => ({ status: 200, body: await platform.provision(request, attempt) }),
        }));
    }
    if (path === '/deprovision') {
      return (ids, body) =>
        map(decodeDeprovisionRequest(body), request => ({
          ...ids,
          endpoint: 'deprovision',
          clusterId: request.cluster_id,
          request,
          carryOut: async attempt => {
            await platform.deprovision(request, attempt);
            return { status: 204, body: null };
          },
        }));
    }
    return undefined;
  }

  /** Logs the call before it is carried out; answers what logs it after. */
  #begin(endpoint: string, ids: EffectIds, clusterId: string | null): (outcome: EffectOutcome) => void {
    const call = ++this.#calls;
    const entry = (phase: CallLogEntry['phase']): CallLogEntry => ({
      at: new Date().toISOString(),
      phase,
      call,
      run: this.#run,
      endpoint,
      clusterId,
      attemptId: ids.attemptId,
      idempotencyKey: ids.idempotencyKey,
      fence: ids.fence && formatFence(ids.fence),
    });
    this.options.callLog?.write(entry('before'));
    return ({ status, outcome, body }) =>
      this.options.callLog?.write({ ...entry('after'), status, outcome, result: body });
  }
}

/** Undefined when the fence is malformed: guessing would let an old lease through. */
function readIds(request: IncomingMessage): EffectIds | undefined {
  const header = (name: string): string | null => {
    const value = request.headers[name];
    return typeof value === 'string' && value !== '' ? value.slice(0, 256) : null;
  };
  const written = header(PLATFORM_HEADERS.fencingToken);
  const fence = written === null ? null : (parseFence(written) ?? null);
  if (written !== null && fence === null) return undefined;
  return {
    attemptId: header(PLATFORM_HEADERS.attemptId),
    idempotencyKey: header(PLATFORM_HEADERS.idempotencyKey),
    fence,
  };
}

function map<A, B>(decoded: Decoded<A>, change: (value: A) => B): Decoded<B> {
  return decoded.ok ? { ok: true, value: change(decoded.value) } : decoded;
}

function problem(status: number, message: string): Answer {
  return { status, body: platformError(message) };
}
