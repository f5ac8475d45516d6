import { createHash } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { Agent } from 'undici';
import { PlatformClient } from './platform-client.js';

export interface PlatformConnectionsOptions {
  /** Milliseconds to a connection; default 3,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds of one call in all; default 30,000. */
  readonly callTimeoutMs?: number;
  /** Bytes of an answer; default 8 MiB. */
  readonly maxAnswerBytes?: number;
}

/** What is to be known of a platform in order to call it (domain-reference §2.2). */
export interface PlatformTarget {
  readonly baseUrl: string;
  /** PEM, trusted in addition to the usual roots. */
  readonly caBundle?: string | undefined;
  /** Testing only. */
  readonly insecureSkipVerify?: boolean | undefined;
  /** Sent as a bearer token. */
  readonly token?: string | undefined;
}

/** How many sets of trusted certificates keep their connections; each rotation of a bundle makes one. */
const TRUST_SETS = 32;

/** The keep-alive connections of one process to all its platforms. Make one, share it, close it at the end. */
export class PlatformConnections {
  readonly #options: Required<PlatformConnectionsOptions>;
  readonly #agents = new Map<string, Agent>();

  constructor(options: PlatformConnectionsOptions = {}) {
    this.#options = {
      connectTimeoutMs: options.connectTimeoutMs ?? 3_000,
      callTimeoutMs: options.callTimeoutMs ?? 30_000,
      maxAnswerBytes: options.maxAnswerBytes ?? 8 * 1024 * 1024,
    };
  }

  /** Cheap: an address over these connections. */
  client(target: PlatformTarget): PlatformClient {
    return new PlatformClient(target, this.#agentFor(target), this.#options);
  }

  /** Waits for the calls under way, then closes every connection. */
  async close(): Promise<void> {
    const agents = [...this.#agents.values()];
    this.#agents.clear();
    await Promise.all(agents.map(agent => agent.close()));
  }

  #agentFor({ caBundle, insecureSkipVerify = false }: PlatformTarget): Agent {
    const key = createHash('sha256')
      .update(`${insecureSkipVerify}\n${caBundle ?? ''}`)
      .digest('base64');
    const known = this.#agents.get(key);
    if (known) return known;
    const agent = new Agent({
      connections: 4,
      pipelining: 1,
      keepAliveTimeout: 60_000,
      keepAliveMaxTimeout: 600_000,
      connect: {
        timeout: this.#options.connectTimeoutMs,
        rejectUnauthorized: !insecureSkipVerify,
        ...(caBundle === undefined ? {} : { ca: [...rootCertificates, caBundle] }),
      },
    });
    this.#agents.set(key, agent);
    const oldest = this.#agents.entries().next().value;
    if (this.#agents.size > TRUST_SETS && oldest) {
      this.#agents.delete(oldest[0]);
      void oldest[1].close(); // its calls end first; rejects only for one that is closed already, which none here is
    }
    return agent;
  }
}
