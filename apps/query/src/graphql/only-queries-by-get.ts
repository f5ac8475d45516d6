import { RejectedError } from '@replicante/kernel';
import type { FastifyRequest } from 'fastify';
import { type DocumentNode, getOperationAST, GraphQLError, OperationTypeNode, parse } from 'graphql';
import { checkSource } from './source-limits.js';

/**
 * Refuses, before Mercurius looks, a GET that does not name one query: of a document without that operation Mercurius
 * reads a member of null, and what else it refuses there it does not mark as the request's fault.
 */
export async function onlyQueriesByGet({ method, query }: FastifyRequest): Promise<void> {
  if (method !== 'GET' || typeof query !== 'object' || query === null) return;
  const asked = query as Readonly<Record<string, unknown>>;
  if (!areVariables(asked['variables']))
    throw new RejectedError({
      code: 'INVALID_REQUEST',
      message: 'The variables are no object.',
      violations: [{ field: 'variables', description: 'must be a JSON object' }],
    });
  if (typeof asked['query'] !== 'string') return;
  checkSource(asked['query']);
  const document = parsed(asked['query']);
  if (document === undefined) return;
  const name = asked['operationName'];
  if (
    getOperationAST(document, typeof name === 'string' ? name : null)?.operation !== OperationTypeNode.QUERY
  )
    throw new RejectedError({
      code: 'INVALID_REQUEST',
      message: 'A GET asks one query.',
      violations: [
        { field: 'query', description: 'must hold one query, or the one that operationName names' },
      ],
    });
}

/** POST has a schema for them; by GET Mercurius hands on whatever the JSON is. */
function areVariables(written: unknown): boolean {
  if (written === undefined || written === '') return true;
  if (typeof written !== 'string') return false;
  try {
    const variables: unknown = JSON.parse(written);
    return typeof variables === 'object' && !Array.isArray(variables);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Undefined when it is no GraphQL, which Mercurius says with the place. */
function parsed(source: string): DocumentNode | undefined {
  try {
    return parse(source);
  } catch (error) {
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
}
