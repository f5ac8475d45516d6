import { describe, expect, it } from '@jest/globals';
import { grpcTarget } from './grpc-target.js';

describe('what a client dials', () => {
  it('is a name as it is written, for DNS to answer one address or several', () => {
    expect(grpcTarget('command.example:16017').target).toBe('command.example:16017');
  });

  it('is every address of several, spaces between them or not', () => {
    expect(grpcTarget('127.0.0.1:1, 127.0.0.2:2').target).toBe('ipv4:127.0.0.1:1,127.0.0.2:2');
  });

  it('is spread over, so that one that ends leaves the others', () => {
    expect(JSON.parse(grpcTarget('a:1').serviceConfig)).toEqual({
      loadBalancingConfig: [{ round_robin: {} }],
    });
  });
});
