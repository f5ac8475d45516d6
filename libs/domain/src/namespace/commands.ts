import type { Command } from '@replicante/kernel';
import type { Namespace } from '../model/namespace.js';

export type ApplyNamespace = Command<'ApplyNamespace', { readonly namespace: Namespace }>;
export type DeleteNamespace = Command<'DeleteNamespace', { readonly id: string }>;
export type NamespaceCommand = ApplyNamespace | DeleteNamespace;
