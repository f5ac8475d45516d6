import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import { connect } from 'node:net';
import { QuerySuite } from './fixtures/query-suite.fixture.js';

let suite: QuerySuite;
beforeAll(async () => {
  suite = await QuerySuite.start();
});
afterAll(() => suite?.stop());

describe('the query service, asked wrongly', () => {
  it.each([
    ['a page beyond the cap', '{ namespaces(first: 201) { nodes { id } } }', 'INVALID_REQUEST', ['first']],
    ['an empty page', '{ namespaces(first: 0) { nodes { id } } }', 'INVALID_REQUEST', ['first']],
    ['a made-up cursor', '{ namespaces(after: "x") { nodes { id } } }', 'CURSOR_INVALID', ['after']],
    [
      'an id that cannot be one',
      '{ cluster(nsId: "a:b", clusterId: "pg") { clusterId } }',
      'INVALID_REQUEST',
      ['nsId'],
    ],
    [
      'NUL in a text',
      '{ node(nsId: "a", clusterId: "b", nodeId: "\\u0000") { nodeId } }',
      'INVALID_REQUEST',
      ['nodeId'],
    ],
    [
      'NUL in a filter',
      '{ actions(filter: { kind: "\\u0000" }) { nodes { kind } } }',
      'INVALID_REQUEST',
      ['filter.kind'],
    ],
    ['a field that is not there', '{ namespaces { nodes { nope } } }', 'INVALID_REQUEST', undefined],
    ['a missing argument', '{ cluster(nsId: "a") { clusterId } }', 'INVALID_REQUEST', undefined],
    ['what is not GraphQL', '{', 'INVALID_REQUEST', undefined],
  ])('refuses %s by code and field', async (_, query, code, fields) => {
    expect(await suite.refusal(query)).toEqual({ code, fields });
  });

  it('refuses a cursor of another list, and one with the right list and wrong values', async () => {
    const forge = (...values: string[]) => Buffer.from(JSON.stringify(values)).toString('base64url');
    const query = 'query ($after: String) { actions(after: $after) { nodes { kind } } }';
    expect((await suite.refusal(query, { after: forge('namespaces', 'a') })).code).toBe('CURSOR_INVALID');
    expect((await suite.refusal(query, { after: forge('actions', 'no time', 'a', 'b', 'c') })).code).toBe(
      'CURSOR_INVALID',
    );
  });

  it('refuses what asks for too much, before it reads', async () => {
    const wide =
      '{ clusters(first: 200) { nodes { nodes(first: 200) { nodes { actions { nodes { kind } } } } } } }';
    const spread = Array.from(
      { length: 30 },
      (_, n) =>
        `fragment f${n} on Query { ...f${n + 1} a${n}: status { head } b${n}: status { head } ...f${n + 1} }`,
    ).join(' ');
    const bomb = `{ ...f0 } ${spread} fragment f30 on Query { clusters(first: 200) { nodes { clusterId } } }`;
    expect((await suite.refusal(wide)).code).toBe('QUERY_TOO_COMPLEX');
    const variable =
      'query ($n: Int) { clusters(first: $n) { nodes { nodes(first: $n) { nodes { actions { nodes { kind } } } } } } }';
    expect((await suite.refusal(variable, { n: 200 })).code).toBe('QUERY_TOO_COMPLEX');
    expect((await suite.refusal(bomb)).code).toBe('QUERY_TOO_COMPLEX');
    expect((await suite.ask(variable, { n: 2 })).errors).toBeUndefined();
    // Compiled by now: the limits hold for cached queries as well.
    for (let n = 0; n < 4; n += 1)
      expect((await suite.refusal(variable, { n: 200 })).code).toBe('QUERY_TOO_COMPLEX');
  });

  it.each([
    ['a mutation', 'query=mutation%7Bx%7D'],
    ['an operation that is not there', 'query=%7Bstatus%7Bhead%7D%7D&operationName=x'],
    ['two operations and no name', 'query=query%20a%7Bstatus%7Bhead%7D%7Dquery%20b%7Bstatus%7Bhead%7D%7D'],
    ['variables that are a number', 'query=%7Bstatus%7Bhead%7D%7D&variables=5'],
    ['variables that are a list', 'query=%7Bstatus%7Bhead%7D%7D&variables=[]'],
    ['variables that are no JSON', 'query=%7Bstatus%7Bhead%7D%7D&variables=x'],
    ['variables given twice', 'query=%7Bstatus%7Bhead%7D%7D&variables=%7B%7D&variables=%7B%7D'],
    ['a fragment alone', 'query=fragment%20f%20on%20Query%7Bstatus%7Bhead%7D%7D'],
  ])('refuses %s by GET as the request’s fault, also when it was posted before', async (_, search) => {
    const query = new URLSearchParams(search).get('query') ?? '';
    for (let times = 0; times < 3; times += 1) await suite.ask(query);
    const response = await fetch(suite.url(`/graphql?${search}`));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'INVALID_REQUEST' } }] });
  });

  it('answers a query by GET', async () => {
    const response = await fetch(suite.url('/graphql?query=query%20a%7Bstatus%7Bhead%7D%7D&operationName=a'));
    expect(await response.json()).toMatchObject({ data: { status: {} } });
  });

  it.each(['GET /livez', 'GET /nope', 'HEAD /', 'POST /graphql'])(
    'closes the connection of %s that asks for another protocol, once it is answered',
    async line => {
      const { hostname, port } = new URL(suite.url('/'));
      const socket = connect(Number(port), hostname);
      socket.write(`${line} HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n`);
      let answer = '';
      socket.on('data', chunk => (answer += chunk.toString()));
      await eventually(() => socket.closed, { within: 5_000 });
      expect(answer).toMatch(/^HTTP\/1\.1 [24]\d\d /);
    },
  );

  it('answers no batch, and names what is wrong with a body that is not JSON', async () => {
    expect((await suite.post('[{"query":"{ status { head } }"}]')).status).toBe(400);
    const malformed = await suite.post('{');
    expect(malformed.status).toBe(400);
    expect(await malformed.text()).toContain('INVALID_REQUEST');
  });
});
