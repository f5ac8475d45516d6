import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { graphqlInputs } from './graphql-inputs.fixture.js';
import { GraphqlLiar } from './graphql-liar.fixture.js';
import { GrpcLiar } from './grpc-liar.fixture.js';
import { httpInputs } from './http-inputs.fixture.js';
import { HttpLiar } from './http-liar.fixture.js';
import { type Managed, startManaged, TOKEN } from './managed.fixture.js';
import { type LiedTo, startLiedTo } from './services.fixture.js';
import { growthOf } from './growth.fixture.js';
import { type Lies, liesCount, tellLies } from '@replicante/testing';
import { SEEN_BY_LIES } from './where-codes-are-seen.fixture.js';
import { grpcInputs } from './grpc-inputs.fixture.js';

let services: LiedTo;
let managed: Managed;
const seen = new Map<string, string>();
let told = 0;
const tell = <T>(lies: Lies<T>): Promise<number> => {
  told += 1;
  return tellLies(lies);
};

beforeAll(async () => {
  services = await startLiedTo();
  managed = await startManaged();
}, 90_000);
afterAll(async () => {
  await managed?.stop();
  await services?.stop();
}, 60_000);

describe('gRPC, lied to', () => {
  it('answers each input with a code of the catalogue that names the field, or takes it because it is valid', async () => {
    const liar = new GrpcLiar(services.grpc, code => seen.set(code, 'gRPC'));
    await liar.prepare();
    const growth = growthOf(services.command);
    const count = await tell({
      surface: 'gRPC',
      inputs: grpcInputs,
      tell: input => liar.tell(input),
      tenth: () => growth.look(),
    });
    liar.close();
    expect(count).toBe(liesCount());
    console.info(liar.counts(), growth.text());
    await growth.check({ heapBytes: 6_000_000 });
    expect(await liar.eventsOfNobody(services.url)).toEqual([]);
  }, 180_000);
});

describe('GraphQL, lied to', () => {
  it('answers data, or errors that each have a code of the catalogue', async () => {
    const liar = new GraphqlLiar(services.url, code => seen.set(code, 'GraphQL'));
    const growth = growthOf(services.query);
    await tell({
      surface: 'GraphQL',
      inputs: graphqlInputs,
      tell: input => liar.tell(input),
      tenth: () => growth.look(),
    });
    await liar.close();
    console.info(growth.text());
    await growth.check({ heapBytes: 8_000_000 });
  }, 180_000);
});

describe('HTTP, lied to on every port', () => {
  it('answers what is right, and anything else with the caller’s fault or a closed connection', async () => {
    const portOf = (url: string): number => Number(new URL(url).port);
    const liar = new HttpLiar(
      {
        query: { port: portOf(services.url), token: '' },
        probes: { port: portOf(services.probes), token: '' },
        platform: { port: managed.platformPort, token: TOKEN },
        agent: { port: managed.agentPort, token: TOKEN },
      },
      code => seen.set(code, 'HTTP'),
    );
    const growths = [services.query, services.command, managed.platform, managed.agent].map(growthOf);
    await tell({
      surface: 'HTTP',
      inputs: httpInputs,
      tell: input => liar.tell(input),
      concurrency: 192,
      tenth: async () => {
        for (const growth of growths) await growth.look();
      },
    });
    console.info(liar.statuses(), ...growths.map(growth => `\n${growth.text()}`));
    for (const growth of growths) await growth.check({ heapBytes: 4_000_000 });
  }, 180_000);
});

describe('the catalogue of errors', () => {
  it('is seen by these inputs, but for what needs a state of things', () => {
    // Few inputs, or one surface alone, need not meet each.
    const all = liesCount() >= 10_000 && told === 3;
    expect(SEEN_BY_LIES.filter(code => all && !seen.has(code))).toEqual([]);
  });
});
