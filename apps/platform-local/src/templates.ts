import { PlatformRefusal } from '@replicante/platform-sdk';

/** How nodes of a class are built. */
export interface NodeTemplate {
  /** Major versions that this machine can run. */
  readonly majors: readonly string[];
  /** Given to the server; small, since many nodes share one machine. */
  readonly settings: Readonly<Record<string, string>>;
}

const TEMPLATES: Readonly<Record<string, NodeTemplate>> = {
  'postgres-local': {
    majors: ['18'],
    settings: {
      shared_buffers: '32MB',
      max_connections: '60',
      max_wal_size: '256MB',
      min_wal_size: '64MB',
      wal_level: 'replica',
      max_wal_senders: '10',
      max_replication_slots: '10',
      // An orphan slot must not fill the disk (safety.md §6).
      max_slot_wal_keep_size: '1GB',
      wal_receiver_status_interval: '1s',
    },
  },
};

/** The template of a node class; refuses with 404 and the defined classes. */
export function templateOf(nodeClass: string): NodeTemplate {
  const template = Object.hasOwn(TEMPLATES, nodeClass) ? TEMPLATES[nodeClass] : undefined;
  if (template) return template;
  const defined = Object.keys(TEMPLATES);
  throw new PlatformRefusal(404, `node class "${nodeClass}" is not defined; defined: ${defined.join(', ')}`, {
    defined_node_classes: defined,
    node_class: nodeClass,
  });
}
