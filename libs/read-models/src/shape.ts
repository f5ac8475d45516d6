/**
 * What this program's tables and projections look like. Raise it with every change of either: the projection service
 * then builds a new generation beside the one that older programs read.
 */
export const READ_MODELS_SHAPE = 1;

/** What exists once per database: which generation is read, checkpoints, dead letters. */
export const CONTROL_SCHEMA = 'read_models';

export const schemaOfGeneration = (generation: number): string => `read_models_v${generation}`;
