import type { Proof } from './proof.js';

/** At rest the view of those that were only observed is how they are, and nothing was ever asked of them but that. */
export const fleetView: Proof = {
  number: '4c',
  title: 'every node of the fleet is served as its agent says, and nothing was done to it',
  unprovable: ({ fleet }) => (fleet ? undefined : 'this run had none'),
  violations: ({ fleet }) => {
    if (!fleet) return [];
    const { played, seen } = fleet;
    const statusOf = new Map(seen.map(node => [`${node.clusterId}/${node.nodeId}`, node.status]));
    const wrong = played.nodes.flatMap(({ clusterId, nodeId, status }) => {
      const served = statusOf.get(`${clusterId}/${nodeId}`);
      return served === status
        ? []
        : [`${nodeId} of ${clusterId} is ${status} and is served as ${served ?? 'unknown'}`];
    });
    const strange =
      seen.length > played.nodes.length
        ? [`${seen.length} nodes are served, ${played.nodes.length} are there`]
        : [];
    return [...wrong, ...strange, ...played.unexpected.map(what => `the fleet was asked ${what}`)];
  },
};
