/** Calls are spread over all that can be reached; one that cannot be is asked again with a back-off. */
const SPREAD = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] });

/**
 * What gRPC dials for `host:port`, or for several addresses (IPv4 and a port) with commas between them. A name that
 * resolves to several addresses is spread over as well.
 */
export function grpcTarget(addresses: string): { readonly target: string; readonly serviceConfig: string } {
  const several = addresses.split(',').map(address => address.trim());
  return {
    target: several.length > 1 ? `ipv4:${several.join(',')}` : addresses,
    serviceConfig: SPREAD,
  };
}
