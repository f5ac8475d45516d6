import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP line between a client and its server that a test can hold or cut: what a frozen client looks like. */
export class TcpLink {
  readonly #pairs = new Set<{ readonly client: Socket; readonly server: Socket }>();
  /** Bytes that may still pass; infinite when nothing is held. */
  #allowance = { requests: Number.POSITIVE_INFINITY, answers: Number.POSITIVE_INFINITY };
  #backlog: (() => void)[] = [];
  #refusing = false;
  readonly #listener = createServer(client => this.#join(client));

  private constructor(private readonly target: { readonly host: string; readonly port: number }) {}

  static async to(target: { readonly host: string; readonly port: number }): Promise<TcpLink> {
    const link = new TcpLink(target);
    await new Promise<void>(resolve => link.#listener.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Lets so many more bytes of requests through, then no more until `release`. */
  holdRequests(afterBytes = 0): void {
    this.#allowance.requests = afterBytes;
  }

  holdAnswers(): void {
    this.#allowance.answers = 0;
  }

  /** What was held goes on its way. */
  release(): void {
    this.#allowance = { requests: Number.POSITIVE_INFINITY, answers: Number.POSITIVE_INFINITY };
    for (const pass of this.#backlog.splice(0)) pass();
  }

  /** Bytes that have been held back so far. */
  get isHolding(): boolean {
    return this.#backlog.length > 0;
  }

  /** Both ends are reset; what was held is lost. New connections pass. */
  cut(): void {
    this.#backlog = [];
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    this.release();
  }

  /** As if nothing listened any more: cuts, and ends every new connection, until `accept`. */
  refuse(): void {
    this.#refusing = true;
    this.cut();
  }

  accept(): void {
    this.#refusing = false;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#listener.close(() => resolve()));
    this.cut();
    await closed;
  }

  #join(client: Socket): void {
    if (this.#refusing) {
      client.destroy();
      return;
    }
    const server = connect(this.target);
    const pair = { client, server };
    this.#pairs.add(pair);
    const part = () => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('close', part);
      // 'close' follows.
      socket.on('error', () => undefined);
    }
    client.on('data', bytes => this.#pass('requests', bytes, server));
    server.on('data', bytes => this.#pass('answers', bytes, client));
  }

  #pass(direction: 'requests' | 'answers', bytes: Buffer, to: Socket): void {
    const allowed = Math.min(this.#allowance[direction], bytes.length);
    this.#allowance[direction] -= allowed;
    if (allowed > 0) to.write(bytes.subarray(0, allowed));
    if (allowed < bytes.length) this.#backlog.push(() => to.write(bytes.subarray(allowed)));
  }
}
