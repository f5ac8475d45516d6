import { Kafka, logLevel, type ISocketFactory, type KafkaConfig, type RetryOptions } from 'kafkajs';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { faultLog } from './fault-log.js';

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

export interface KafkaClientOptions {
  /** `host:port` of some brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  /** Shown in the brokers' logs and quotas. */
  readonly clientId: string;
  readonly ssl?: NonNullable<KafkaConfig['ssl']>;
  readonly sasl?: NonNullable<KafkaConfig['sasl']>;
  /** One request's longest wait for its answer. Default 5,000 ms. */
  readonly requestTimeoutMs?: number;
  /** Where to connect instead of the address that a broker advertises (a tunnel, a proxy). */
  readonly route?: (address: BrokerAddress) => BrokerAddress;
  /** Faults that kafkajs retries by itself; each kind is told once a minute. */
  readonly onError: (error: unknown) => void;
}

/**
 * A killed broker is back after some 15 s, and kafkajs' own 5 tries end before that; whoever waits has a deadline of its
 * own. All values are named: kafkajs takes others when NODE_ENV is `test`.
 */
const RETRY: RetryOptions = {
  retries: 20,
  initialRetryTime: 100,
  maxRetryTime: 2_000,
  factor: 0.2,
  multiplier: 2,
};
const KEEP_ALIVE_MS = 60_000;

/** One kafkajs client for one producer, consumer or admin: groups of one client share their offsets in kafkajs. */
export class KafkaClient {
  readonly kafka: Kafka;
  readonly #sockets = new Set<Socket>();
  readonly #options: KafkaClientOptions;
  #severed = false;

  constructor(options: KafkaClientOptions) {
    this.#options = options;
    const { clientId, sasl, requestTimeoutMs = 5_000 } = options;
    this.kafka = new Kafka({
      clientId,
      // An empty list is an error that kafkajs does not retry: a severed client comes to its end.
      brokers: () => (this.#severed ? [] : [...options.brokers]),
      ...(sasl !== undefined && { sasl }),
      connectionTimeout: Math.min(requestTimeoutMs, 3_000),
      requestTimeout: requestTimeoutMs,
      enforceRequestTimeout: true,
      retry: RETRY,
      logLevel: logLevel.ERROR,
      logCreator: () => entry => {
        if (!this.#severed) faultLog(options.onError)(entry);
      },
      socketFactory: address => this.#connect(address),
    });
  }

  /**
   * Ends its connections and lets it open no more. A disconnected kafkajs producer goes on retrying what it was sending, and
   * could still write it long after its caller was told that it failed.
   */
  sever(): void {
    this.#severed = true;
    for (const socket of this.#sockets) socket.destroy(new Error('the Kafka client was given up'));
  }

  #connect({ host, port, onConnect }: Parameters<ISocketFactory>[0]): Socket {
    // kafkajs takes what is thrown here for a failed connection.
    if (this.#severed) throw new Error('the Kafka client was given up');
    const { ssl = false, route } = this.#options;
    const to = route?.({ host, port }) ?? { host, port };
    const named = isIP(host) === 0 && { servername: host };
    const socket =
      ssl === false
        ? connectPlain({ ...to }, onConnect)
        : connectTls({ ...to, ...named, ...(ssl !== true && ssl) }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
