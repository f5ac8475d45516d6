/**
 * Raised whenever the same events fold to another state: snapshot keys include it, so that a snapshot of the old fold is
 * never read by the new one (safety.md §10). The golden state hashes notice a change that forgot it.
 */
export const EVOLVE_VERSION = 9;
