import { createHash } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { Agent } from 'undici';
import { AgentClient } from './agent-client.js';

export interface AgentConnectionsOptions {
  /** Connections to one agent at most; further calls wait, their deadline running. Default 2: a fleet keeps them all warm. */
  readonly connectionsPerOrigin?: number;
  /** Milliseconds to a connection. Default 3,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds of one call in all. Default 15,000 (§5). */
  readonly callTimeoutMs?: number;
  /** Bytes of an answer. Default 2 MiB. */
  readonly maxAnswerBytes?: number;
}

/** What is to be known of one agent in order to call it. */
export interface AgentTarget {
  /** `agent_address` of discovery, scheme included; `http` or `https`. */
  readonly address: string;
  /** PEM of certificates trusted in addition to the usual roots: the namespace's `tls.ca_bundle`. */
  readonly caBundle?: string;
  /** PEM: who we are, for agents that ask for a certificate (mutual TLS). */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  /** Per-install token (safety.md §13), sent as a bearer token. */
  readonly token?: string;
}

const TRUST_SETS = 64;

/**
 * The keep-alive connections of one process to all its agents: one pool per (origin, CA bundle, client certificate).
 * Make one, share it, close it at the end.
 */
export class AgentConnections {
  readonly #options: Required<AgentConnectionsOptions>;
  readonly #agents = new Map<string, Agent>();

  constructor(options: AgentConnectionsOptions = {}) {
    this.#options = {
      connectionsPerOrigin: options.connectionsPerOrigin ?? 2,
      connectTimeoutMs: options.connectTimeoutMs ?? 3_000,
      callTimeoutMs: options.callTimeoutMs ?? 15_000,
      maxAnswerBytes: options.maxAnswerBytes ?? 2 * 1024 * 1024,
    };
  }

  /** Cheap: a client is an address over these connections and holds nothing of its own. */
  client(target: AgentTarget): AgentClient {
    return new AgentClient(target, this.#agentFor(target), this.#options);
  }

  /** Waits for the calls under way, then closes every connection. */
  async close(): Promise<void> {
    const agents = [...this.#agents.values()];
    this.#agents.clear();
    await Promise.all(agents.map(agent => agent.close()));
  }

  /** The oldest trust set goes when there are too many (each rotation of a bundle makes one); its calls end first. */
  #agentFor({ caBundle, clientCertificate }: AgentTarget): Agent {
    const plain = caBundle === undefined && clientCertificate === undefined;
    const key = plain ? 'plain' : digestOf(caBundle, clientCertificate);
    const known = this.#agents.get(key);
    if (known) return known;
    const agent = new Agent({
      connections: this.#options.connectionsPerOrigin,
      pipelining: 1,
      keepAliveTimeout: 60_000,
      keepAliveMaxTimeout: 600_000,
      connect: {
        timeout: this.#options.connectTimeoutMs,
        ...(caBundle === undefined ? {} : { ca: [...rootCertificates, caBundle] }),
        ...(clientCertificate === undefined ? {} : clientCertificate),
      },
    });
    this.#agents.set(key, agent);
    const oldest = this.#agents.entries().next().value;
    if (this.#agents.size > TRUST_SETS && oldest) {
      this.#agents.delete(oldest[0]);
      // Nobody waits for it: `close` rejects only for an agent that is closed already, which none in the map is.
      void oldest[1].close();
    }
    return agent;
  }
}

/** A digest: private keys do not live on as keys of a map. */
const digestOf = (
  caBundle: AgentTarget['caBundle'],
  clientCertificate: AgentTarget['clientCertificate'],
): string =>
  createHash('sha256')
    .update(
      JSON.stringify([caBundle ?? null, clientCertificate?.cert ?? null, clientCertificate?.key ?? null]),
    )
    .digest('base64');
