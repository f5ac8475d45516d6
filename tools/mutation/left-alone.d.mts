/** A Babel node, as far as it is looked at. */
export interface SyntaxNode {
  readonly type: string;
  readonly value?: string;
  readonly name?: string;
  readonly computed?: boolean;
  readonly object?: SyntaxNode;
  readonly property?: SyntaxNode;
  readonly expressions?: readonly SyntaxNode[];
  readonly test?: SyntaxNode | null;
  readonly consequent?: readonly { readonly argument?: { readonly callee?: { readonly name?: string } } }[];
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[];
}
export function whyIgnored(node: SyntaxNode): string | undefined;
