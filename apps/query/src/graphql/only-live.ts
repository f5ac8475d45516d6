import { RejectedError } from '@replicante/kernel';
import { type DocumentNode, Kind, OperationTypeNode } from 'graphql';

/** A subscription that was posted has no way to answer more than once. */
export function refuseSubscriptions(document: DocumentNode): void {
  const operations = document.definitions.filter(d => d.kind === Kind.OPERATION_DEFINITION);
  if (operations.every(o => o.operation === OperationTypeNode.SUBSCRIPTION))
    throw new RejectedError({
      code: 'INVALID_REQUEST',
      message: 'A subscription goes over a WebSocket: graphql-transport-ws on this same path.',
      violations: [{ field: 'query', description: 'must be a query where it is posted' }],
    });
}
