import { hostileText } from '@replicante/testing';
import fc from 'fast-check';

/** Each port of ours that speaks HTTP. */
export const PORTS = ['query', 'probes', 'platform', 'agent'] as const;
export type HttpPort = (typeof PORTS)[number];

export interface HttpInput {
  readonly port: HttpPort;
  /** Bytes as they go over the socket, one character each; `$HOST` and `$TOKEN` stand for what is right there. */
  readonly raw: string;
  /** Status of a request that is right. */
  readonly status?: number;
}

const VALID: readonly HttpInput[] = [
  ...['/livez', '/readyz', '/metrics'].flatMap(path =>
    (['query', 'probes'] as const).map(port => ({
      port,
      raw: `GET ${path} HTTP/1.1\r\nHost: $HOST\r\n\r\n`,
      status: 200,
    })),
  ),
  {
    port: 'platform',
    raw: 'GET /discover HTTP/1.1\r\nHost: $HOST\r\nAuthorization: Bearer $TOKEN\r\n\r\n',
    status: 200,
  },
  ...['info/node', 'actions/queue', 'actions/finished'].map(path => ({
    port: 'agent' as const,
    raw: `GET /api/unstable/${path} HTTP/1.1\r\nHost: $HOST\r\nAuthorization: Bearer $TOKEN\r\n\r\n`,
    status: 200,
  })),
];

const METHODS = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'CONNECT',
  'QUERY',
  'get',
  'BREW',
  '',
];
const PATHS = [
  ...[
    '/',
    '//',
    '///x',
    '/graphql',
    '/graphql/',
    '/livez',
    '/metrics',
    '/services/query/livez',
    '/services/%00/livez',
    '/%',
    '/%zz',
    '/%ff',
    '/..%2f..%2fetc/passwd',
  ],
  ...[
    '/../../etc/passwd',
    '*',
    'http://a/livez',
    'http://[',
    '/livez?x=%',
    '/livez#x',
    '/discover',
    '/discover?x',
    '/provision',
    '/deprovision',
    '/a b',
    '',
  ],
  ...[
    '/api/unstable/info/node',
    '/api/unstable/action',
    '/api/unstable/action/x',
    '/api/unstable/action/00000000-0000-0000-0000-000000000000',
    `/${'a'.repeat(9_000)}`,
    `/?${'a=b&'.repeat(5_000)}`,
  ],
];
const HEADERS = [
  ...[
    'Host: $HOST',
    'Host: evil.example',
    'Host:',
    'Host: $HOST\r\nHost: b',
    'Origin: http://evil.example',
    'Authorization: Bearer $TOKEN',
    'Authorization: Bearer x',
    'Authorization: Basic eDp5',
  ],
  ...[
    'Content-Length: 5',
    'Content-Length: -1',
    'Content-Length: 99999999999',
    'Content-Length: x',
    'Content-Length: 3\r\nContent-Length: 4',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: x',
  ],
  ...[
    'Transfer-Encoding: chunked\r\nContent-Length: 3',
    'Expect: 100-continue',
    'Expect: x',
    'Upgrade: websocket\r\nConnection: Upgrade',
    'Upgrade: h2c\r\nConnection: Upgrade',
  ],
  ...[
    'Content-Type: application/json',
    'Content-Type: text/plain',
    'Content-Type: x/\u00ff',
    'Content-Encoding: gzip',
    'Accept: x/y',
    'Cookie: __proto__=1',
    'Range: bytes=0-',
    'If-None-Match: *',
  ],
  ...[
    'Replicante-Fencing-Token: x',
    'Replicante-Fencing-Token: 1.5',
    'Replicante-Attempt-Id: a',
    'Idempotency-Key: k',
    `X: ${'a'.repeat(20_000)}`,
    'no colon',
    ' folded: x',
    'a\u0000b: c',
    '__proto__: x',
    ': x',
  ],
];
const PROVISION =
  '{"cluster":{"cluster_id":"pg","store":"x","store_version":"1","attributes":{},"nodes":{}},"provision":{"count":1}}';
const BODIES = [
  ...[
    '',
    '{}',
    '[]',
    'null',
    '5',
    '{"a":',
    '{"__proto__":{"x":1}}',
    '\u00ff\u00fe',
    '5\r\nhello\r\n0\r\n\r\n',
    'zz\r\n',
    'fffffffff\r\nx',
  ],
  ...[
    '{"kind":5}',
    '{"kind":"agent.replicante.io/test.nope"}',
    '{"kind":"x","id":"y","metadata":{"a":1}}',
    PROVISION,
    `[${'['.repeat(5_000)}`,
    ' '.repeat(300_000),
  ],
];

const written = fc
  .record({
    port: fc.constantFrom(...PORTS),
    method: fc.constantFrom(...METHODS),
    path: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...PATHS) },
      { weight: 1, arbitrary: hostileText.map(text => `/${text.slice(0, 500)}`) },
    ),
    version: fc.constantFrom(
      'HTTP/1.1',
      'HTTP/1.1',
      'HTTP/1.1',
      'HTTP/1.0',
      'HTTP/2.0',
      'HTTP/9.9',
      'http/1.1',
      '',
    ),
    headers: fc.uniqueArray(fc.constantFrom(...HEADERS), { maxLength: 4 }),
    body: fc.oneof(
      { weight: 60, arbitrary: fc.constantFrom(...BODIES.slice(0, -1)) },
      { weight: 1, arbitrary: fc.constantFrom(...BODIES) },
    ),
    measured: fc.boolean(),
  })
  .map(({ port, method, path, version, headers, body, measured }): HttpInput => {
    const length = measured ? [`Content-Length: ${Buffer.byteLength(body, 'latin1')}`] : [];
    return { port, raw: [`${method} ${path} ${version}`, ...headers, ...length, '', body].join('\r\n') };
  });

/** A right request with one line of it lost, doubled or spoilt, or cut off in the middle. */
const mutated = fc
  .tuple(
    fc.constantFrom(...VALID),
    fc.constantFrom(...HEADERS),
    fc.nat(200),
    fc.constantFrom('cut', 'header', 'flip', 'twice'),
  )
  .map(([{ port, raw }, header, at, how]): HttpInput => {
    const place = at % raw.length;
    if (how === 'cut') return { port, raw: raw.slice(0, place) };
    if (how === 'twice') return { port, raw: raw + raw };
    if (how === 'header') return { port, raw: raw.replace('\r\n\r\n', () => `\r\n${header}\r\n\r\n`) };
    return {
      port,
      raw: `${raw.slice(0, place)}${String.fromCharCode(raw.charCodeAt(place) ^ 0x15)}${raw.slice(place + 1)}`,
    };
  });

export const httpInputs: fc.Arbitrary<HttpInput> = fc.oneof(
  { weight: 4, arbitrary: mutated },
  { weight: 4, arbitrary: written },
  { weight: 2, arbitrary: fc.constantFrom(...VALID) },
);
