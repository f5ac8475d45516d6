import { afterEach, describe, expect, it } from '@jest/globals';
import { type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@replicante/testing';
import { RequestDrain } from './request-drain.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server whose answers the test gives. */
async function serving() {
  const asked: ServerResponse[] = [];
  const listening = createServer((_request, response) => asked.push(response));
  server = listening;
  const drain = new RequestDrain(listening);
  await new Promise<void>(resolve => listening.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`;
  const ask = async () => {
    const answer = await fetch(url);
    return { text: await answer.text(), connection: answer.headers.get('connection') };
  };
  return { asked, drain, ask };
}

describe('the end of an HTTP server', () => {
  it('answers what was asked, takes nothing new, and tells the client to go elsewhere', async () => {
    const { asked, drain, ask } = await serving();
    const answer = ask();
    await eventually(() => asked.length === 1, { within: 5_000 });
    const drained = drain.run(60_000);
    await expect(ask()).rejects.toThrow();
    asked[0]?.end('rows');
    expect(await answer).toEqual({ text: 'rows', connection: 'close' });
    await drained;
  });

  it('does not wait longer than it may', async () => {
    const { asked, drain, ask } = await serving();
    const answer = ask();
    answer.catch(() => undefined);
    await eventually(() => asked.length === 1, { within: 5_000 });
    await drain.run(10);
    expect(asked[0]?.writableEnded).toBe(false);
  });

  it('is at once where nobody waits for an answer, whoever keeps a connection', async () => {
    const { asked, drain, ask } = await serving();
    const answer = ask();
    await eventually(() => asked.length === 1, { within: 5_000 });
    asked[0]?.end('rows');
    await answer;
    await drain.run(60_000);
  });
});
