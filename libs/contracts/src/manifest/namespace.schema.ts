import { certificates, defaulted, identifier, integer, object, secretRef } from './building-blocks.schema.js';

/** `spec` of a Namespace (domain-reference §2.1); `agents.token` is ours. */
export const namespaceSchema = object(
  {
    id: identifier,
    status: {
      type: 'string',
      enum: ['Active', 'Inactive', 'Observed', 'Deleting', 'Deleted'],
      default: 'Active',
    },
    tls: defaulted({ ca_bundle: certificates }),
    settings: defaulted({
      orchestrate: defaulted({
        max_naction_schedule_attempts: integer(1, 65_535, 'times a node action is offered to its agent', 5),
      }),
    }),
    agents: defaulted({ token: secretRef }),
  },
  ['id'],
);
