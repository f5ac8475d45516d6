import { AgentConnections } from '@replicante/agent-protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentSource, RunningAgent } from './index.js';
import { jsonLinesLog, startAgent } from './index.js';

/** DER, as little of it as a certificate needs; a certificate in a file would run out one day. */
const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const ECDSA_SHA256 = der(0x30, hex('06082a8648ce3d040302'));
const name = (text: string): Buffer =>
  der(0x30, der(0x31, der(0x30, hex('0603550403'), der(0x0c, Buffer.from(text)))));
const utc = (offsetMs: number): Buffer =>
  der(
    0x17,
    Buffer.from(`${new Date(Date.now() + offsetMs).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`),
  );

interface Identity {
  readonly cert: string;
  readonly key: string;
}
interface Authority extends Identity {
  readonly name: string;
  readonly privateKey: KeyObject;
}

/** A certificate for 127.0.0.1; without an issuer its own authority. */
function certificate(subject: string, issuer?: Authority): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ca = der(0x30, hex('0603551d13'), der(0x04, der(0x30, ...(issuer ? [] : [hex('0101ff')]))));
  const san = der(0x30, hex('0603551d11'), der(0x04, der(0x30, der(0x87, Buffer.from([127, 0, 0, 1])))));
  const body = der(
    0x30,
    hex('a003020102'),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    name(issuer?.name ?? subject),
    der(0x30, utc(-3_600_000), utc(3_600_000)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ca, san)),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const whole = der(0x30, body, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature)).toString('base64');
  return {
    name: subject,
    privateKey,
    cert: `-----BEGIN CERTIFICATE-----\n${whole.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const source: AgentSource = {
  nodeInfo: () => Promise.reject(new Error('not asked')),
  storeInfo: async () => ({ cluster_id: 'c1', attributes: {} }),
  shardsInfo: () => Promise.reject(new Error('not asked')),
};
const authority = certificate('test authority');
const server = certificate('agent', authority);
const core = certificate('core', authority);

let stateDir = '';
let agent: RunningAgent | undefined;
let connections: AgentConnections;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'replicante-agent-'));
  connections = new AgentConnections({ callTimeoutMs: 5000 });
});
afterEach(async () => {
  await connections.close();
  await agent?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

async function start(clientCa?: string): Promise<string> {
  agent = await startAgent({
    stateDir,
    clusterId: 'c1',
    source,
    handlers: [],
    listen: {
      host: '0.0.0.0',
      port: 0,
      names: ['127.0.0.1'],
      tls: { cert: server.cert, key: server.key, ...(clientCa === undefined ? {} : { clientCa }) },
    },
    log: jsonLinesLog(() => undefined),
  });
  return `https://127.0.0.1:${agent.port}`;
}
const action = { kind: 'agent.replicante.io/test.success' };

describe('an agent behind TLS', () => {
  it('is trusted by the CA bundle and by nothing else', async () => {
    const address = await start();
    const trusted = connections.client({ address, caBundle: authority.cert });
    expect(await trusted.infoStore()).toMatchObject({ kind: 'ok', value: {} });
    expect(await connections.client({ address }).infoStore()).toMatchObject({
      kind: 'unreachable',
      reason: 'tls',
    });
    const other = certificate('another authority');
    expect(await connections.client({ address, caBundle: other.cert }).infoStore()).toMatchObject({
      kind: 'unreachable',
      reason: 'tls',
    });
  });

  it('refuses actions beyond loopback from whoever shows no certificate', async () => {
    const client = connections.client({ address: await start(), caBundle: authority.cert });
    expect(await client.scheduleAction(action)).toMatchObject({ kind: 'refused', status: 403 });
  });

  it('takes actions under mutual TLS, and lets nobody else in at all', async () => {
    const address = await start(authority.cert);
    const known = { cert: core.cert, key: core.key };
    const client = connections.client({ address, caBundle: authority.cert, clientCertificate: known });
    expect(await client.scheduleAction(action)).toMatchObject({ kind: 'ok' });
    const nobody = await connections.client({ address, caBundle: authority.cert }).scheduleAction(action);
    expect(nobody.kind).toMatch(/unreachable|outcomeUnknown/);
    const stranger = certificate('stranger');
    const foreign = await connections
      .client({
        address,
        caBundle: authority.cert,
        clientCertificate: { cert: stranger.cert, key: stranger.key },
      })
      .scheduleAction(action);
    expect(foreign.kind).toMatch(/unreachable|outcomeUnknown/);
  });
});
