import { actionEntity } from './action.entity.js';
import { checkpointEntity } from './checkpoint.entity.js';
import { clusterEntity } from './cluster.entity.js';
import { deadLetterEntity } from './dead-letter.entity.js';
import { decisionHistoryEntity } from './decision-history.entity.js';
import { decisionEntity } from './decision.entity.js';
import { eventEntity } from './event.entity.js';
import { generationEntity } from './generation.entity.js';
import { namespaceEntity } from './namespace.entity.js';
import { nodeEntity } from './node.entity.js';
import { platformEntity } from './platform.entity.js';
import { sampleEntity } from './sample.entity.js';

/** Of a generation's schema. */
export const GENERATION_ENTITIES = [
  namespaceEntity,
  platformEntity,
  clusterEntity,
  nodeEntity,
  actionEntity,
  decisionEntity,
  decisionHistoryEntity,
  eventEntity,
  sampleEntity,
];

/** Of the schema that outlives generations. */
export const CONTROL_ENTITIES = [generationEntity, checkpointEntity, deadLetterEntity];
