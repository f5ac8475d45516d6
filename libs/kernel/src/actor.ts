/** Who asked. Without authentication a user is `anonymous`; a claimed name is kept, marked unverified (safety.md §13). */
export type Actor =
  | { readonly kind: 'anonymous'; readonly claimedName?: string; readonly verified: false }
  | { readonly kind: 'user'; readonly id: string; readonly verified: true }
  | { readonly kind: 'service'; readonly id: string; readonly verified: true }
  | { readonly kind: 'system'; readonly component: string; readonly verified: true };
