/**
 * Every reason a rule can give, with what it means for people. `settled`: nothing is left to do for this spec, so the
 * reason counts towards converged (safety.md §12). Codes are stored in events: never renamed.
 */
export const REASONS = {
  // Nothing to do.
  NOTHING_TO_SCHEDULE: { settled: true, means: 'No unfinished action is left' },
  NO_DEFINITION: {
    settled: true,
    means: 'The spec has no definition: nothing says how many nodes there should be',
  },
  AT_DESIRED_COUNT: { settled: true, means: 'The group has the nodes that the definition asks for' },
  MODE_AUTO: { settled: true, means: 'The mode is Auto: the datastore does this by itself' },
  ALREADY_INITIALISED: { settled: true, means: 'The cluster has members: it is never initialised twice' },
  NO_NODE_TO_ADD: { settled: true, means: 'No node is outside of the cluster' },
  PRIMARY_PRESENT: { settled: true, means: 'A healthy member holds a primary' },
  NO_MEMBER_YET: { settled: true, means: 'No node was ever a member: there is no primary to lose' },

  // Settled: what another platform says must not keep the cluster from being converged.
  SHOWN_BY_OTHER_PLATFORM: {
    settled: true,
    means: 'Another platform shows nodes under the id of this cluster: nothing of that is recorded',
  },
  NOT_SHOWN_BY_OTHER_PLATFORM: { settled: true, means: 'The other platform no longer shows this cluster' },

  // Acted.
  ACTION_CREATED: { settled: false, means: 'The action was created' },
  ACTION_DISPATCHED: { settled: false, means: 'The action is sent to its agent' },
  ACTION_STARTED: { settled: false, means: 'The orchestrator action was started' },

  // Waits.
  WAITS_FOR_APPROVAL: { settled: false, means: 'Waits for somebody to approve the action' },
  ACTION_ON_AGENT: { settled: false, means: 'The agent holds the action and has not finished it' },
  ATTEMPT_IN_FLIGHT: { settled: false, means: 'An attempt is under way and its outcome is not known yet' },
  PLATFORM_BUSY: {
    settled: false,
    means: 'The platform holds as many unanswered calls of this worker as it may: asked when one has ended',
  },
  ORCHESTRATOR_ACTION_RUNNING: {
    settled: false,
    means: 'An orchestrator action runs: node actions wait for it',
  },
  ORCHESTRATOR_ACTION_IN_PROGRESS: { settled: false, means: 'The orchestrator action goes on' },
  PROVISION_OUTCOME_UNKNOWN: {
    settled: false,
    means: 'Nobody knows whether the platform made the node; a later discovery, or an operator, tells',
  },
  WAITS_FOR_DISCOVERY: {
    settled: false,
    means: 'The platform accepted; its discovery does not show the node yet',
  },
  WAITS_FOR_STABILITY: { settled: false, means: 'The new node has to stay the same for a while' },
  ACTION_UNFINISHED: { settled: false, means: 'An earlier action of this kind has not finished' },
  OTHER_GROUP_FIRST: { settled: false, means: 'Another group is short of nodes and comes first' },
  IN_GRACE: { settled: false, means: 'The rule acted lately and gives the cluster time' },
  REPEATED_FAILURE: {
    settled: false,
    means: 'It failed 3 times in a row: waits until the spec changes or somebody retries',
  },
  REJECTED_BY_PERSON: {
    settled: false,
    means: 'A person rejected it: not proposed again until the spec changes or somebody retries',
  },
  ABOVE_DESIRED_COUNT: {
    settled: false,
    means: 'The group has more nodes than declared; none is ever removed by itself',
  },
  NODE_NOT_ANSWERING: { settled: false, means: 'The agent of the node does not answer' },
  NODE_NOT_POLLED: { settled: false, means: 'The node was not asked in this cycle' },
  FACTS_MISSING: { settled: false, means: 'A fact that the rule needs is missing or too old' },
  NODES_NOT_READY: { settled: false, means: 'Not every node says that it is outside of a cluster' },
  NOT_DISCOVERED: { settled: false, means: 'The platform has not said yet which nodes of the cluster exist' },
  NO_NODES: { settled: false, means: 'Discovery shows no node' },
  NO_TARGET_MEMBER: { settled: false, means: 'No healthy member was found to add to or to join' },
  NO_PRIMARY: { settled: false, means: 'No member holds a primary at the moment' },
  PRIMARY_LOST: {
    settled: false,
    means: 'The primary is gone from view; nothing is promoted, replaced or removed because of it',
  },
  TWO_PRIMARIES: { settled: false, means: 'Two nodes claim to be primary of one shard' },
  INIT_DISPATCHED_BEFORE: {
    settled: false,
    means:
      'An initialisation was sent before and no member came of it; only `cluster reinitialise` allows another',
  },

  // Cannot.
  IDENTITY_MISMATCH: { settled: false, means: 'The node that answers is not the node of the record' },
  NO_INIT_TARGET: { settled: false, means: 'The search for the node to initialise found none' },
  TARGET_ADDRESS_MISSING: { settled: false, means: 'The node has no member address to be reached at' },

  // Would, but may not.
  OBSERVE_MODE: { settled: false, means: 'The namespace is Observed: nothing is started' },
  DELETE_MODE: { settled: false, means: 'The namespace is being deleted: nothing is started' },
  DECLARATION_INACTIVE: { settled: false, means: 'declaration.active is false: no convergence' },
} as const;

export type ReasonCode = keyof typeof REASONS;
