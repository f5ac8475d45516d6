import type { AttributeValue } from './attribute.js';

export type MatcherOp = 'Eq' | 'Ne' | 'In' | 'NotIn' | 'Set' | 'Unset';

export type Matcher =
  | AttributeValue
  | readonly AttributeValue[]
  | {
      readonly op: MatcherOp;
      readonly value?: AttributeValue;
      readonly values?: readonly AttributeValue[];
    };

/** Which nodes, in which order, how many (domain-reference §2.13). */
export interface NodeSearch {
  readonly matches: Readonly<Record<string, Matcher>>;
  /** `null`: unlimited. */
  readonly max_results: number | null;
  /** `-name` descending, `+name` or `name` ascending; `node_id` breaks ties. */
  readonly sort_by: readonly string[];
}
