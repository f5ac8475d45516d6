import { parsedJson } from '@replicante/kernel';
import type { Dispatcher } from 'undici';
import {
  ADVERTISES_KEYS,
  PLATFORM_HEADERS,
  type PlatformAttempt,
  REFUSED_AS_FENCED,
  attemptHeaders,
} from './attempt-headers.js';
import { type DecodedDiscovery, decodeDiscovery, decodeProvisionAnswer } from './decode-answers.js';
import { readPlatformError } from './error-document.js';
import type { Decoded } from './json-reader.js';
import type { PlatformResult } from './platform-answer.js';
import { type Exchange, exchange } from './platform-exchange.js';
import type { DeprovisionRequest, ProvisionAnswer, ProvisionRequest } from './wire.js';

export interface PlatformCallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds of the call in all, instead of the connections' default. */
  readonly timeoutMs?: number;
}

/** `maySend`: lease and `notAfter` are checked there, as the request is about to be written (safety.md §2). */
export interface EffectOptions extends PlatformCallOptions, PlatformAttempt {
  readonly maySend?: () => boolean;
}

export interface Discovery extends DecodedDiscovery {
  /** The platform carries out a repeated idempotency key once. */
  readonly idempotencyKeys: boolean;
}

interface Limits {
  readonly callTimeoutMs: number;
  readonly maxAnswerBytes: number;
}

const EXCERPT = 300;

/** Calls one platform (§6). No method rejects; see `PlatformResult`. Effects are sent at most once per call. */
export class PlatformClient {
  readonly #base: URL | undefined;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(
    target: { readonly baseUrl: string; readonly token?: string | undefined },
    private readonly dispatcher: Dispatcher,
    private readonly limits: Limits,
  ) {
    this.#base = baseOf(target.baseUrl);
    this.#headers = {
      accept: 'application/json',
      ...(target.token === undefined ? {} : { authorization: `Bearer ${target.token}` }),
    };
  }

  /** A reading: repeated once when a kept-alive connection broke under it (the platform had restarted). */
  async discover(options: PlatformCallOptions = {}): Promise<PlatformResult<Discovery>> {
    const begun = performance.now();
    let result = await this.#send('discover', 'GET', options);
    const timeoutMs = (options.timeoutMs ?? this.limits.callTimeoutMs) - (performance.now() - begun);
    if (result.kind === 'outcomeUnknown' && result.reason === 'connection' && timeoutMs > 1) {
      result = await this.#send('discover', 'GET', { ...options, timeoutMs });
    }
    const idempotencyKeys =
      result.kind === 'answered' && result.headers[PLATFORM_HEADERS.idempotency] === ADVERTISES_KEYS;
    return understand(result, text => {
      const decoded = decodeBody(text, decodeDiscovery);
      return decoded.ok ? { ok: true, value: { ...decoded.value, idempotencyKeys } } : decoded;
    });
  }

  async provision(
    request: ProvisionRequest,
    options: EffectOptions = {},
  ): Promise<PlatformResult<ProvisionAnswer>> {
    const result = await this.#send('provision', 'POST', options, JSON.stringify(request));
    return understand(result, text => decodeBody(text, decodeProvisionAnswer));
  }

  /** 204 or 200; the body is ignored. */
  async deprovision(request: DeprovisionRequest, options: EffectOptions = {}): Promise<PlatformResult<void>> {
    const result = await this.#send('deprovision', 'POST', options, JSON.stringify(request));
    return understand(result, () => ({ ok: true, value: undefined }));
  }

  async #send(
    endpoint: string,
    method: 'GET' | 'POST',
    options: EffectOptions,
    body?: string,
  ): Promise<Exchange> {
    if (!this.#base) {
      return { kind: 'unreachable', reason: 'address', message: 'base_url is not an http or https URL' };
    }
    const url = new URL(this.#base);
    url.pathname += endpoint;
    return exchange(this.dispatcher, {
      url,
      method,
      headers: {
        ...this.#headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json', ...attemptHeaders(options) }),
      },
      ...(body === undefined ? {} : { body }),
      deadlineMs: options.timeoutMs ?? this.limits.callTimeoutMs,
      maxAnswerBytes: this.limits.maxAnswerBytes,
      signal: options.signal,
      maySend: options.maySend,
    });
  }
}

/** The URL that endpoints are joined to: a trailing slash is appended (§2.2). */
function baseOf(written: string): URL | undefined {
  if (!URL.canParse(written)) return undefined;
  const url = new URL(written);
  if (!['http:', 'https:'].includes(url.protocol) || url.username || url.password) return undefined;
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function understand<T>(result: Exchange, decoder: (body: string) => Decoded<T>): PlatformResult<T> {
  if (result.kind !== 'answered') return result;
  const { status, body } = result;
  if (status >= 400) {
    const fenced = result.headers[PLATFORM_HEADERS.refusal] === REFUSED_AS_FENCED;
    return { kind: 'refused', status, fenced, error: readPlatformError(body, status) };
  }
  const decoded: Decoded<T> =
    status >= 200 && status < 300
      ? decoder(body)
      : { ok: false, problems: [{ path: '$', problem: `status ${status} is neither success nor error` }] };
  if (decoded.ok) return { kind: 'ok', value: decoded.value };
  return { kind: 'invalid', status, problems: decoded.problems, excerpt: body.slice(0, EXCERPT) };
}

function decodeBody<T>(body: string, decoder: (value: unknown) => Decoded<T>): Decoded<T> {
  const value = parsedJson(body);
  if (value === undefined) return { ok: false, problems: [{ path: '$', problem: 'is not JSON' }] };
  return decoder(value);
}
