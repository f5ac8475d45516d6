export interface SourceTree {
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly projects: readonly { readonly name: string; readonly root: string; readonly kind: string }[];
}
export const longFiles: Readonly<Record<string, string>>;
export function violations(tree: SourceTree): string[];
