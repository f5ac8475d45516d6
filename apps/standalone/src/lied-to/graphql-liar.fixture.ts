import { ERROR_CATALOGUE } from '@replicante/kernel';
import { holds } from '@replicante/testing';
import { Agent, request } from 'undici';
import type { GraphqlInput } from './graphql-inputs.fixture.js';

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** Nothing is down while inputs are told: whoever answers so has a defect. */
const OURS = /^(INTERNAL|SERVICE_UNAVAILABLE|EVENT_STORE_UNAVAILABLE)$/;

/** Sends requests to /graphql and judges the answers. */
export class GraphqlLiar {
  readonly #connections = new Agent({ connections: 16, headersTimeout: 10_000, bodyTimeout: 10_000 });

  constructor(
    private readonly url: string,
    private readonly sees: (code: string) => void,
  ) {}

  close(): Promise<void> {
    return this.#connections.close();
  }

  async tell({ method, contentType, text, valid }: GraphqlInput): Promise<void> {
    const isPost = method === 'POST';
    const response = await request(`${this.url}/graphql${isPost ? '' : `?${text}`}`, {
      method,
      dispatcher: this.#connections,
      ...(isPost ? { body: text, headers: contentType === '' ? {} : { 'content-type': contentType } } : {}),
    });
    const body = await response.body.text();
    const shown = (): string => `HTTP ${response.statusCode}: ${body.slice(0, 1_000)}`;
    holds(/^(200|400|413|414|431)$/.test(String(response.statusCode)), shown);
    holds(!/\n\s+at |node:internal|\.js:\d/.test(body), () => `tells of our insides: ${shown()}`);
    const { data, errors = [] } = JSON.parse(body) as Answer;
    if (valid) return holds(data !== null && data !== undefined && errors.length === 0, shown);
    holds(data !== undefined || errors.length > 0, () => `no answer of GraphQL: ${shown()}`);
    for (const { message, extensions } of errors) {
      const code = extensions?.code ?? '';
      holds(Object.hasOwn(ERROR_CATALOGUE, code), () => `no code of the catalogue: ${shown()}`);
      holds(!OURS.test(code), () => `our fault, they say: ${shown()}`);
      holds(message !== '', () => `says nothing: ${shown()}`);
      this.sees(code);
    }
  }
}
