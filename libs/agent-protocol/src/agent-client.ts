import { parsedJson } from '@replicante/kernel';
import type { Dispatcher } from 'undici';
import type { AgentAnswer } from './agent-answer.js';
import type { Exchange } from './agent-exchange.js';
import { exchange } from './agent-exchange.js';
import type { AttemptHeaders } from './attempt-headers.js';
import { attemptHeaders, HEADERS, REFUSED_AS_FENCED } from './attempt-headers.js';
import {
  decodeActionScheduled,
  decodeAgentActionExecution,
  decodeAgentActionList,
} from './decode-actions.js';
import { decodeAgentNode, decodeAgentStoreInfo } from './decode-node.js';
import { decodeAgentShardsInfo } from './decode-shards.js';
import { readErrorDocument } from './error-document.js';
import type { Decoded } from './json-reader.js';
import type {
  ActionExecutionRequest,
  ActionScheduled,
  AgentActionExecution,
  AgentActionList,
  AgentNode,
  AgentShardsInfo,
  AgentStoreInfo,
} from './wire.js';

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds of the call in all, instead of the connections' default. */
  readonly timeoutMs?: number;
}

/** `maySend` is asked right before the request is written: lease and `notAfter` are checked there (safety.md §2). */
export interface ScheduleOptions extends CallOptions, AttemptHeaders {
  readonly maySend?: () => boolean;
}

interface Limits {
  readonly callTimeoutMs: number;
  readonly maxAnswerBytes: number;
}

interface Extra {
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly maySend?: () => boolean;
  readonly maxAnswerBytes?: number;
}

const EXCERPT = 300;

const KIB = 1024;
/** Bytes of the single answers, where the connections' limit is not lower: what they hold becomes facts and events. */
const LARGEST = { info: 128 * KIB, shards: 1024 * KIB, list: 1024 * KIB, action: 256 * KIB } as const;

/** Only a reading may be repeated, and only when a kept-alive connection broke under it: the agent had restarted. */
const isStaleConnection = (result: Exchange): boolean =>
  result.kind === 'outcomeUnknown' && result.reason === 'connection';

/** Calls one agent (§5.1). No method rejects; see `AgentAnswer`. */
export class AgentClient {
  readonly #base: URL | undefined;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(
    target: { readonly address: string; readonly token?: string },
    private readonly dispatcher: Dispatcher,
    private readonly limits: Limits,
  ) {
    const base = URL.canParse(target.address) ? new URL(target.address) : undefined;
    const fit = base && (base.protocol === 'http:' || base.protocol === 'https:') && !base.username;
    this.#base = fit ? base : undefined;
    this.#headers = {
      accept: 'application/json',
      ...(target.token === undefined ? {} : { authorization: `Bearer ${target.token}` }),
    };
  }

  infoNode(options: CallOptions = {}): Promise<AgentAnswer<AgentNode>> {
    return this.#get('info/node', decodeAgentNode, options, LARGEST.info);
  }

  infoStore(options: CallOptions = {}): Promise<AgentAnswer<AgentStoreInfo>> {
    return this.#get('info/store', decodeAgentStoreInfo, options, LARGEST.info);
  }

  infoShards(options: CallOptions = {}): Promise<AgentAnswer<AgentShardsInfo>> {
    return this.#get('info/shards', decodeAgentShardsInfo, options, LARGEST.shards);
  }

  /** Unfinished actions. Read it *before* `actionsFinished`: the other way round loses what finishes between (§7.3). */
  actionsQueue(options: CallOptions = {}): Promise<AgentAnswer<AgentActionList>> {
    return this.#get('actions/queue', decodeAgentActionList, options, LARGEST.list);
  }

  actionsFinished(options: CallOptions = {}): Promise<AgentAnswer<AgentActionList>> {
    return this.#get('actions/finished', decodeAgentActionList, options, LARGEST.list);
  }

  /** `notFound` is the only proof that an action is lost. */
  action(id: string, options: CallOptions = {}): Promise<AgentAnswer<AgentActionExecution>> {
    return this.#get(`action/${encodeURIComponent(id)}`, decodeAgentActionExecution, options, LARGEST.action);
  }

  /** Sent at most once per call: never retried here. */
  async scheduleAction(
    request: ActionExecutionRequest,
    options: ScheduleOptions = {},
  ): Promise<AgentAnswer<ActionScheduled>> {
    const result = await this.#send('action', 'POST', options, {
      headers: { 'content-type': 'application/json', ...attemptHeaders(options) },
      body: JSON.stringify(request),
      ...(options.maySend ? { maySend: options.maySend } : {}),
    });
    return understand(result, decodeActionScheduled, 'POST');
  }

  async #get<T>(
    path: string,
    decoder: (body: unknown) => Decoded<T>,
    options: CallOptions,
    maxAnswerBytes: number,
  ): Promise<AgentAnswer<T>> {
    const startedAt = performance.now();
    const first = await this.#send(path, 'GET', options, { maxAnswerBytes });
    if (!isStaleConnection(first)) return understand(first, decoder, 'GET');
    const timeoutMs = (options.timeoutMs ?? this.limits.callTimeoutMs) - (performance.now() - startedAt);
    if (timeoutMs < 1) return understand(first, decoder, 'GET');
    return understand(
      await this.#send(path, 'GET', { ...options, timeoutMs }, { maxAnswerBytes }),
      decoder,
      'GET',
    );
  }

  async #send(
    path: string,
    method: 'GET' | 'POST',
    options: CallOptions,
    extra: Extra = {},
  ): Promise<Exchange> {
    if (!this.#base)
      return { kind: 'unreachable', reason: 'address', message: 'not an http or https address' };
    return exchange(this.dispatcher, {
      origin: this.#base.origin,
      path: `${this.#base.pathname.replace(/\/+$/, '')}/api/unstable/${path}`,
      method,
      headers: { ...this.#headers, ...extra.headers },
      deadlineMs: options.timeoutMs ?? this.limits.callTimeoutMs,
      maxAnswerBytes: Math.min(this.limits.maxAnswerBytes, extra.maxAnswerBytes ?? LARGEST.action),
      ...(extra.body === undefined ? {} : { body: extra.body }),
      ...(extra.maySend ? { maySend: extra.maySend } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  }
}

/** §5.3. */
function understand<T>(
  result: Exchange,
  decoder: (body: unknown) => Decoded<T>,
  method: 'GET' | 'POST',
): AgentAnswer<T> {
  if (result.kind !== 'answered') return result;
  const { status } = result;
  if (status === 404) return { kind: 'notFound' };
  const invalid = (problem: string): AgentAnswer<T> => ({
    kind: 'invalid',
    status,
    problems: [{ path: '$', problem }],
    excerpt: excerptOf(result.body),
  });
  const json = parsedJson(result.body.toString('utf8'));
  if (status >= 200 && status < 300) {
    if (json === undefined) return invalid('is not JSON');
    const decoded = decoder(json);
    if (decoded.ok) return { kind: 'ok', value: decoded.value };
    return { kind: 'invalid', status, problems: decoded.problems, excerpt: excerptOf(result.body) };
  }
  if (status < 400) return invalid(`answered with ${status}: redirects are not followed`);
  const error = readErrorDocument(json);
  const fenced = status === 409 && result.headers[HEADERS.refusal] === REFUSED_AS_FENCED;
  // Upstream's agents answer a duplicate with other bodies too: the status alone tells it.
  if (method === 'POST' && status === 409 && !fenced)
    return { kind: 'duplicate', error: error ?? { error: true, error_msg: 'an action with that id exists' } };
  if (!error) return invalid(`answered with ${status} and no error document`);
  return { kind: 'refused', status, fenced, error };
}

const excerptOf = (body: Buffer): string =>
  body
    .subarray(0, EXCERPT)
    .toString('utf8')
    .replace(/[\p{Cc}\uD800-\uDFFF]/gu, ' ');
