import type { Server, ServerResponse } from 'node:http';

/**
 * Lets requests end. Closing the HTTP server at once, as Fastify does, would cut those under way; waiting for all
 * connections, as Node does, would wait for WebSockets and for clients that keep theirs alive.
 */
export class RequestDrain {
  readonly #underWay = new Set<ServerResponse>();
  #draining = false;
  #ended: () => void = () => undefined;

  constructor(private readonly server: Server) {
    server.prependListener('request', (_request, response: ServerResponse) => {
      this.#underWay.add(response);
      if (this.#draining) lastOfItsConnection(response);
      response.once('close', () => {
        this.#underWay.delete(response);
        if (this.#draining && this.#underWay.size === 0) this.#ended();
      });
    });
  }

  /** Takes no new connections; resolves when all requests have their answer, or after `withinMs`. */
  async run(withinMs: number): Promise<void> {
    this.#draining = true;
    const ended = new Promise<void>(resolve => (this.#ended = resolve));
    this.server.close();
    if (this.#underWay.size === 0) return;
    for (const response of this.#underWay) lastOfItsConnection(response);
    const late = setTimeout(() => this.#ended(), withinMs);
    await ended;
    clearTimeout(late);
  }
}

/** A client that keeps its connection asks the next question elsewhere, instead of meeting a cut. */
function lastOfItsConnection(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
