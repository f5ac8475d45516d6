import type { Command } from 'commander';
import { actionId } from './action-id.js';
import type { Bind } from './hand.js';
import { argument, change, named, NOTHING_TO_DELETE } from './hand.js';
import { actions, kindOf, kinds, nodeActions, orchestratorActions } from './kinds.js';
import type { Kind } from './kinds.js';
import { clusterOf } from './pages.js';

const KINDS = 'namespace, platform, cluster, node, action, n-action or o-action';

export function registerGet(program: Command, bind: Bind): void {
  bind(program.command('get <KIND> [NAME]').description(`one object, or all of a kind: ${KINDS}`), hand =>
    hand.args[1] === undefined
      ? kindOf(argument(hand, 0)).list(hand)
      : kindOf(argument(hand, 0)).get(hand, 1),
  );
  bind(program.command('list <KIND>').description(`all of a kind: ${KINDS}`), hand =>
    kindOf(argument(hand, 0)).list(hand),
  );
}

/** `list` and `get` below a kind's own group. */
export function registerListAndGet(group: Command, bind: Bind, kind: Kind): void {
  bind(group.command('list').description(`all ${kind.name}s`), hand => kind.list(hand));
  bind(group.command('get <NAME>').alias('show').description(`one ${kind.name} in full`), hand =>
    kind.get(hand, 0),
  );
}

export function registerNamespace(program: Command, bind: Bind): void {
  const group = program.command('namespace').alias('ns').description('namespaces');
  registerListAndGet(group, bind, kinds.namespace);
  bind(group.command('delete <NAME>').description('ask for its deletion'), hand =>
    change(hand, 'DeleteNamespace', { id: argument(hand, 0) }, 'is being deleted', NOTHING_TO_DELETE),
  );
}

export function registerPlatform(program: Command, bind: Bind): void {
  const group = program.command('platform').description('platforms: where nodes come from');
  registerListAndGet(group, bind, kinds.platform);
  const changes = [
    ['discover', 'DiscoverPlatform', 'discovery asked for', 'look now which nodes it shows', undefined],
    ['delete', 'DeletePlatform', 'deleted', 'forget it; its nodes stay', NOTHING_TO_DELETE],
    [
      'accept-discovery',
      'AcceptDiscovery',
      'next answer accepted',
      'believe a suspect answer that drops many nodes',
      undefined,
    ],
  ] as const;
  for (const [name, method, done, description, nothing] of changes)
    bind(group.command(`${name} <NAME>`).description(description), hand => {
      const platform = named(hand);
      return change(hand, method, { ns_id: platform.ns, name: platform.name }, done, nothing);
    });
}

export function registerActions(program: Command, bind: Bind): void {
  const groups = [
    [actions, 'action', [], 'node and orchestrator actions'],
    [nodeActions, 'n-action', ['na', 'naction'], 'node actions'],
    [orchestratorActions, 'o-action', ['oa', 'oaction'], 'orchestrator actions'],
  ] as const;
  for (const [kind, name, aliases, description] of groups) {
    const group = program
      .command(name)
      .aliases([...aliases])
      .description(description);
    bind(
      group
        .command('list')
        .description(`all ${kind.name}s, newest first`)
        .option('--unfinished', 'only unfinished ones')
        .option('--no-all', 'the same, as upstream spells it')
        .option('--all-nodes', 'of all nodes (the default)'),
      hand => kind.list(hand),
    );
    bind(group.command('get <ID>').alias('show').description('one action in full'), hand =>
      kind.get(hand, 0),
    );
    const changes = [
      ['approve', 'ApproveAction', 'approved', 'let it run'],
      ['reject', 'RejectAction', 'rejected', 'do not let it run'],
      ['cancel', 'CancelAction', 'cancelled', 'end it, unless it is finished'],
    ] as const;
    for (const [verb, method, done, what] of changes)
      bind(
        group.command(`${verb} <ID>`).description(`${what}; of the id the first 8 characters may do`),
        async hand => {
          const cluster_id = await clusterOf(hand);
          const action_id = await actionId(hand, cluster_id, argument(hand, 0));
          await change(hand, method, { ns_id: hand.namespace, cluster_id, action_id }, done);
        },
      );
  }
}
