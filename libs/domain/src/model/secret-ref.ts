/** Where a secret is read when it is used. The secret itself enters no event, manifest, log or topic (safety.md §13). */
export type SecretRef = { readonly fromFile: string } | { readonly fromEnv: string };
