import { RejectedError } from '@replicante/kernel';
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLNamedType,
  GraphQLSchema,
  SelectionSetNode,
} from 'graphql';
import { getNamedType, isInterfaceType, isLeafType, isObjectType, Kind } from 'graphql';
import { DEFAULT_PAGE, MAX_PAGE } from '../arguments/page.js';

export const MAX_DEPTH = 14;
/** Objects that a query may ask for, pages taken as full. */
export const MAX_OBJECTS = 50_000;
/** Lists and root fields, by any alias: each asks the database for itself. */
export const MAX_READS = 100;

interface Weight {
  readonly depth: number;
  readonly objects: number;
  readonly reads: number;
}

type Variables = Readonly<Record<string, unknown>> | undefined;

/**
 * Refuses with `QUERY_TOO_COMPLEX`, before anything is read, what is deeper or asks for more objects than is served.
 * Introspection is bounded by the schema itself and costs nothing.
 */
export function checkQueryLimits(schema: GraphQLSchema, document: DocumentNode, variables: Variables): void {
  const weigher = new Weigher(schema, document, variables ?? {});
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const root = schema.getRootType(definition.operation);
    if (!root) continue;
    const { depth, objects, reads } = weigher.selection(definition.selectionSet, root);
    if (depth > MAX_DEPTH) throw tooComplex(`it is ${depth} levels deep; at most ${MAX_DEPTH} are served`);
    if (reads > MAX_READS)
      throw tooComplex(`it asks for ${reads} lists and objects; at most ${MAX_READS} are served`);
    if (objects > MAX_OBJECTS)
      throw tooComplex(
        `it may answer ${objects} objects; at most ${MAX_OBJECTS} are served: ask for smaller pages`,
      );
  }
}

const tooComplex = (why: string) =>
  new RejectedError({ code: 'QUERY_TOO_COMPLEX', message: `The query is too complex: ${why}.` });

const NOTHING: Weight = { depth: 0, objects: 0, reads: 0 };

class Weigher {
  readonly #roots: ReadonlySet<GraphQLNamedType | null | undefined>;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** A fragment is weighed once: fragments that spread each other twice would otherwise take exponential time. */
  readonly #weighed = new Map<string, Weight>();

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
    private readonly variables: Readonly<Record<string, unknown>>,
  ) {
    this.#roots = new Set([schema.getQueryType(), schema.getSubscriptionType()]);
    this.#fragments = new Map(
      document.definitions.flatMap(d =>
        d.kind === Kind.FRAGMENT_DEFINITION ? [[d.name.value, d] as const] : [],
      ),
    );
  }

  selection(set: SelectionSetNode, type: GraphQLNamedType): Weight {
    let [depth, objects, reads] = [0, 0, 0];
    for (const selection of set.selections) {
      const weight =
        selection.kind === Kind.FIELD
          ? this.#field(selection, type)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? this.selection(selection.selectionSet, this.#type(selection.typeCondition?.name.value) ?? type)
            : this.#fragment(selection.name.value);
      depth = Math.max(depth, weight.depth);
      objects += weight.objects;
      reads += weight.reads;
    }
    return { depth, objects, reads };
  }

  #type(name: string | undefined): GraphQLNamedType | undefined {
    return name === undefined ? undefined : this.schema.getType(name);
  }

  #fragment(name: string): Weight {
    const known = this.#weighed.get(name);
    if (known) return known;
    const fragment = this.#fragments.get(name);
    const type = this.#type(fragment?.typeCondition.name.value);
    const weight = fragment && type ? this.selection(fragment.selectionSet, type) : NOTHING;
    this.#weighed.set(name, weight);
    return weight;
  }

  #field(field: FieldNode, parent: GraphQLNamedType): Weight {
    if (field.name.value.startsWith('__')) return NOTHING;
    const definition =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field.name.value] : undefined;
    const type = definition && getNamedType(definition.type);
    if (!definition || !type || !field.selectionSet) return { depth: 1, objects: 0, reads: 0 };
    const below = this.selection(field.selectionSet, type);
    const isList = definition.args.some(a => a.name === 'first');
    const times = isList ? this.#pageSize(field) : 1;
    return {
      depth: below.depth + 1,
      objects: (isLeafType(type) ? 0 : 1) + times * below.objects,
      // What objects below a page read is read for all of them at once.
      reads: below.reads + (isList || this.#roots.has(parent) ? 1 : 0),
    };
  }

  #pageSize(field: FieldNode): number {
    const value = field.arguments?.find(a => a.name.value === 'first')?.value;
    if (value?.kind === Kind.INT) return clamp(Number(value.value));
    const given = value?.kind === Kind.VARIABLE ? this.variables[value.name.value] : undefined;
    return typeof given === 'number' ? clamp(given) : DEFAULT_PAGE;
  }
}

/** What is beyond the page cap is refused by its field, with a name. */
const clamp = (first: number): number => Math.min(Math.max(first, 1), MAX_PAGE);
