import { connect } from 'node:net';
import { holds } from '@replicante/testing';
import type { HttpInput, HttpPort } from './http-inputs.fixture.js';

/** Where a port is, and the token that it asks for. */
export interface HttpTarget {
  readonly port: number;
  readonly token: string;
}

/** Writes bytes to the ports, reads what comes back until it ends, and judges it. */
export class HttpLiar {
  readonly #statuses = new Map<string, number>();

  constructor(
    private readonly targets: Readonly<Record<HttpPort, HttpTarget>>,
    private readonly sees: (code: string) => void,
  ) {}

  statuses(): string {
    return [...this.#statuses]
      .sort()
      .map(([what, n]) => `${what} ${n}`)
      .join(', ');
  }

  async tell({ port, raw, status }: HttpInput): Promise<void> {
    const target = this.targets[port];
    const bytes = raw.replaceAll('$HOST', `127.0.0.1:${target.port}`).replaceAll('$TOKEN', target.token);
    const answer = await exchanged(
      target.port,
      Buffer.from(bytes, 'latin1'),
      status === undefined ? 150 : 10_000,
    );
    const first = Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0);
    this.#statuses.set(`${port}:${first}`, (this.#statuses.get(`${port}:${first}`) ?? 0) + 1);
    const shown = (): string => `${port} answered ${JSON.stringify(answer.slice(0, 1_500))}`;
    if (status !== undefined) return holds(first === status, shown);
    // Closed without a word: half of a request, or none.
    if (answer === '') return;
    // 5xx would be our fault; 501 and 505 say what HTTP we do not speak.
    for (const [, each] of answer.matchAll(/^HTTP\/1\.[01] (\d{3})/gm))
      holds(Number(each) < 500 || each === '501' || each === '505', shown);
    holds(!/\n\s+at \S+ \(|node:internal/.test(answer), () => `tells of our insides: ${shown()}`);
    const code = /"code":"([A-Z_]+)"/.exec(answer)?.[1];
    if (code !== undefined) this.sees(code);
  }
}

/** A whole answer: its body as long as it says, or its last chunk, or without any. */
function isWhole(answer: string): boolean {
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length !== undefined) return answer.length - head.length - 4 >= Number(length);
  return /^transfer-encoding: chunked/im.test(head)
    ? rest.join('\r\n\r\n').endsWith('0\r\n') || answer.endsWith('\r\n0\r\n\r\n')
    : false;
}

/** What comes back to the bytes. After `patienceMs` of silence the sending side is closed: half of a request ends too. */
function exchanged(port: number, bytes: Buffer, patienceMs: number): Promise<string> {
  return new Promise(resolve => {
    let answer = '';
    let closing = false;
    const done = (): void => {
      socket.destroy();
      resolve(answer);
    };
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(patienceMs).on('timeout', () => {
      // Said all it has to say, as after an upgrade, or hangs: both are seen by what has come.
      if (closing) return done();
      closing = true;
      socket.end();
      // It goes off once for each time that it is set.
      socket.setTimeout(1_000);
    });
    socket.on('data', chunk => {
      answer += chunk.toString('latin1');
      if (isWhole(answer)) done();
    });
    // Closed on us while we were still writing: the answer, if any, has come.
    socket.once('error', done).once('close', done);
  });
}
