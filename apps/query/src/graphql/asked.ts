import type { KeysetList } from '@replicante/read-models';
import { onlyColumns } from '@replicante/read-models';
import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import { getNamedType, Kind } from 'graphql';

/** What of a resolver's `info` says which fields are asked for. */
export type Asked = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'returnType'>;

/** A type whose objects are made of columns. */
interface MadeOfColumns {
  readonly columnsOf: (names: Iterable<string>) => ReadonlySet<string>;
}

/** A compiled query hands every request the same nodes: what they ask for is worked out once. */
const narrowed = new WeakMap<readonly FieldNode[], Map<KeysetList, KeysetList>>();

/** The list, with the columns that the fields below this one are made of. */
export function askedColumns(list: KeysetList, type: MadeOfColumns, asked: Asked): KeysetList {
  const known = narrowed.get(asked.fieldNodes) ?? new Map<KeysetList, KeysetList>();
  narrowed.set(asked.fieldNodes, known);
  const found = known.get(list) ?? onlyColumns(list, type.columnsOf(askedFields(asked)));
  known.set(list, found);
  return found;
}

/** Names of the fields asked of an object, or of the objects of a connection. Directives are not looked at. */
export function askedFields({ fieldNodes, fragments, returnType }: Asked): ReadonlySet<string> {
  const below = (nodes: readonly FieldNode[]): readonly FieldNode[] => {
    const found: FieldNode[] = [];
    // A fragment twice in one selection asks for nothing new.
    const spread = new Set<string>();
    const collect = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) found.push(selection);
        else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
        else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          const fragment = fragments[selection.name.value];
          if (fragment) collect(fragment.selectionSet);
        }
      }
    };
    for (const { selectionSet } of nodes) if (selectionSet) collect(selectionSet);
    return found;
  };
  const named = (nodes: readonly FieldNode[], name: string) => nodes.filter(n => n.name.value === name);
  const direct = below(fieldNodes);
  const objects = getNamedType(returnType).name.endsWith('Connection')
    ? [...below(named(direct, 'nodes')), ...below(named(below(named(direct, 'edges')), 'node'))]
    : direct;
  return new Set(objects.map(node => node.name.value));
}
