import type { ActionHandler } from './handler.js';
import { platformProvision } from './platform-provision.js';
import { testFail, testLoop, testSuccess } from './test-actions.js';

/** Every kind that Core executes by itself. */
const HANDLERS: ReadonlyMap<string, ActionHandler> = new Map(
  [platformProvision, testSuccess, testFail, testLoop].map(handler => [handler.kind, handler]),
);

export const handlerOf = (kind: string): ActionHandler | undefined => HANDLERS.get(kind);
