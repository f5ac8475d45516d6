import { clusterExpand } from './cluster-expand.rule.js';
import { clusterInit } from './cluster-init.rule.js';
import { nodeScaleUp } from './node-scale-up.rule.js';
import { primaryLost } from './primary-lost.rule.js';
import type { Rule } from './view.js';

/** Every convergence rule, in the order in which a cycle asks them. */
export const CONVERGENCE_RULES: readonly Rule[] = [primaryLost, nodeScaleUp, clusterInit, clusterExpand];
