import type { Command } from 'commander';
import { HandError } from '../output/hand-error.js';
import { say } from '../output/output.js';
import { table } from '../output/table.js';
import { moment } from '../render/age.js';
import { registerExplain } from './explain.command.js';
import { registerListAndGet } from './get.commands.js';
import type { Bind, Hand } from './hand.js';
import { change, named, NOTHING_TO_DELETE, optionText } from './hand.js';
import { kinds } from './kinds.js';
import { oneObject } from './pages.js';
import { registerTopology } from './topology.command.js';

interface Report {
  readonly mode: string;
  readonly startTime: string;
  readonly notes: readonly { readonly category: string; readonly message: string; readonly data: unknown }[];
}
interface Discovery {
  readonly changedAt: string;
  readonly nodes: readonly {
    readonly nodeId: string;
    readonly nodeGroup: string | null;
    readonly agentAddress: string;
    readonly nodeClass: string;
  }[];
}

export function registerCluster(program: Command, bind: Bind): void {
  const group = program.command('cluster').alias('clusterspec').description('clusters');
  registerListAndGet(group, bind, kinds.cluster);
  registerTopology(group, bind);
  registerExplain(group, bind);
  bind(group.command('discovery <NAME>').description('the nodes that its platform shows'), showDiscovery);
  bind(
    group
      .command('report <NAME>')
      .alias('orchestrate-report')
      .description('the notes of the last kept report'),
    showReport,
  );
  registerChanges(group, bind);
}

const inCluster = (hand: Hand): { ns_id: string; cluster_id: string } => {
  const { ns, name } = named(hand);
  return { ns_id: ns, cluster_id: name };
};

function registerChanges(group: Command, bind: Bind): void {
  bind(group.command('orchestrate <NAME>').description('run a cycle now'), hand =>
    change(hand, 'OrchestrateCluster', inCluster(hand), 'cycle asked for'),
  );
  bind(group.command('delete <NAME>').description('delete its spec; its nodes stay'), hand =>
    change(hand, 'DeleteClusterSpec', inCluster(hand), 'deleted', NOTHING_TO_DELETE),
  );
  bind(
    group
      .command('reinitialise <NAME>')
      .description('let an initialised cluster be initialised once more')
      .option('--accept-data-loss', 'say that what it held may be lost'),
    hand =>
      change(
        hand,
        'ReinitialiseCluster',
        { ...inCluster(hand), accept_data_loss: hand.options['acceptDataLoss'] === true },
        'may be initialised once more',
      ),
  );
  bind(
    group
      .command('retry <NAME>')
      .description('lift the hold of a rule that failed repeatedly')
      .requiredOption('--rule <RULE>', 'as `cluster explain` prints it')
      .requiredOption('--subject <SUBJECT>', 'as `cluster explain` prints it'),
    hand =>
      change(
        hand,
        'RetryRule',
        { ...inCluster(hand), rule: optionText(hand, 'rule'), subject: optionText(hand, 'subject') },
        'will be tried again',
      ),
  );
  bind(
    group
      .command('settle <NAME>')
      .description('say what became of a provisioning attempt whose outcome is unknown')
      .requiredOption('--attempt <ID>', 'as `action show` prints it')
      .option('--provisioned', 'the platform made the node')
      .option('--not-provisioned', 'the platform made nothing'),
    hand => {
      const [made, nothing] = [hand.options['provisioned'] === true, hand.options['notProvisioned'] === true];
      if (made === nothing)
        throw new HandError('INVALID_REQUEST', 'what became of it? Give --provisioned or --not-provisioned');
      const request = { ...inCluster(hand), attempt_id: optionText(hand, 'attempt'), provisioned: made };
      return change(hand, 'SettleProvision', request, 'settled');
    },
  );
}

async function showDiscovery(hand: Hand): Promise<void> {
  const { ns, name } = named(hand);
  const { discovery } = await oneObject<{ discovery: Discovery | null }>(hand, 'discovery', { ns, name }, [
    'CLUSTER_NOT_FOUND',
    `no cluster ${ns}/${name}`,
  ]);
  if (discovery === null) throw new HandError('NOT_FOUND', `no platform has shown cluster ${ns}/${name} yet`);
  say(hand.io, hand.format, discovery, () =>
    table(
      ['NODE', 'GROUP', 'AGENT', 'CLASS'],
      discovery.nodes.map(n => [n.nodeId, n.nodeGroup, n.agentAddress, n.nodeClass]),
    ),
  );
}

async function showReport(hand: Hand): Promise<void> {
  const { ns, name } = named(hand);
  const { report } = await oneObject<{ report: Report | null }>(hand, 'report', { ns, name }, [
    'CLUSTER_NOT_FOUND',
    `no cluster ${ns}/${name}`,
  ]);
  if (report === null) throw new HandError('NOT_FOUND', `no report of cluster ${ns}/${name} is kept yet`);
  say(
    hand.io,
    hand.format,
    report,
    () =>
      `mode ${report.mode.toUpperCase()}, cycle of ${moment(report.startTime) ?? ''}\n${table(
        ['CATEGORY', 'MESSAGE', 'DATA'],
        report.notes.map(n => [n.category, n.message, JSON.stringify(n.data)]),
      )}`,
  );
}
