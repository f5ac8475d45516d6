import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GrpcLiar } from './grpc-liar.fixture.js';
import { type LiedTo, startLiedTo } from './services.fixture.js';
import { growthOf } from './growth.fixture.js';
import { tellLies } from '@replicante/testing';
import { grpcInputs } from './grpc-inputs.fixture.js';

let services: LiedTo;
const seen = new Map<string, string>();

beforeAll(async () => {
  services = await startLiedTo();
}, 90_000);
afterAll(() => services?.stop(), 60_000);

describe('gRPC, lied to', () => {
  it('answers each input with a code of the catalogue that names the field, or takes it because it is valid', async () => {
    const liar = new GrpcLiar(services.grpc, code => seen.set(code, 'gRPC'));
    await liar.prepare();
    const growth = growthOf(services.command);
    const told = await tellLies({
      surface: 'gRPC',
      inputs: grpcInputs,
      tell: input => liar.tell(input),
      tenth: () => growth.look(),
    });
    liar.close();
    expect(told).toBeGreaterThanOrEqual(1);
    console.info(liar.counts(), growth.text());
    await growth.check({ heapBytes: 6_000_000 });
    expect(await liar.eventsOfNobody(services.url)).toEqual([]);
  }, 180_000);
});
