/** A namespace of its own, by which proxies know what is about the fleet. */
export const FLEET_NS = 'fleet';
