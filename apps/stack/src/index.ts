export type { RollEntry } from './roll.js';
