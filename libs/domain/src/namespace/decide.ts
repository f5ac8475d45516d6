import type { CommandEnvelope, Decider, Decision } from '@replicante/kernel';
import { accept, assertNever, reject, sameJson } from '@replicante/kernel';
import type { ApplyNamespace, DeleteNamespace, NamespaceCommand } from './commands.js';
import type { NamespaceEvent } from './events.js';
import { evolveNamespace } from './evolve.js';
import type { NamespaceState } from './state.js';
import { initialNamespace } from './state.js';

type Result = Decision<NamespaceEvent>;

/** Stored `Deleted` accepts only `Deleted`, stored `Deleting` only `Deleting` (domain-reference §2.1). */
function apply({ data: { namespace } }: ApplyNamespace, state: NamespaceState): Result {
  if (state.status === 'known') {
    const stored = state.namespace.status;
    if ((stored === 'Deleted' || stored === 'Deleting') && namespace.status !== stored)
      return reject({
        code: 'NAMESPACE_STATUS_STICKY',
        message: `Namespace '${namespace.id}' is ${stored} and cannot become ${namespace.status}`,
        violations: [{ field: 'spec.status', description: `must stay ${stored}; use another namespace id` }],
      });
    if (sameJson(state.namespace, namespace)) return accept<NamespaceEvent, undefined>([], undefined);
  }
  return accept<NamespaceEvent, undefined>(
    [{ type: 'namespace.NamespaceApplied.v1', data: { namespace } }],
    undefined,
  );
}

/** Only marks it `Deleting`; missing, `Deleting` or `Deleted` is done already (domain-reference §4.1). */
function remove(_command: DeleteNamespace, state: NamespaceState): Result {
  if (state.status === 'absent') return accept<NamespaceEvent, undefined>([], undefined);
  const { namespace } = state;
  if (namespace.status === 'Deleting' || namespace.status === 'Deleted')
    return accept<NamespaceEvent, undefined>([], undefined);
  const deleting = { ...namespace, status: 'Deleting' as const };
  return accept<NamespaceEvent, undefined>(
    [{ type: 'namespace.NamespaceDeletionRequested.v1', data: { namespace: deleting } }],
    undefined,
  );
}

export const namespaceDecider: Decider<
  NamespaceState,
  CommandEnvelope<NamespaceCommand>,
  NamespaceEvent,
  undefined,
  undefined
> = {
  initialState: initialNamespace,
  decide: ({ command }, state) => {
    switch (command.type) {
      case 'ApplyNamespace':
        return apply(command, state);
      case 'DeleteNamespace':
        return remove(command, state);
      default:
        return assertNever(command);
    }
  },
  evolve: evolveNamespace,
};
