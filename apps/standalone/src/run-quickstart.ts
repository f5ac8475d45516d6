import { type QueryClient, openQueryClient } from '@replicante/app-replictl';
import { type Ports, openGrpcClient } from '@replicante/service';
import { convergedLine, proveReplication, untilConverged } from './convergence.js';
import { type Display, openDisplay } from './display.js';
import type { Ends } from './ends.js';
import type { Installation } from './installation.js';
import type { StandaloneOptions } from './options.js';
import { applyQuickstart } from './quickstart.js';
import { say } from './say.js';

export interface QuickstartRun {
  readonly eventBus: Ports['eventBus'];
  /** Waits until every service says that it is ready; false when aborted before. */
  readonly untilReady: (say: (line: string) => void) => Promise<boolean>;
  readonly installation: Pick<Installation, 'logs' | 'platformDir'>;
  readonly options: Pick<StandaloneOptions, 'tree' | 'platformPort' | 'exitWhenConverged'>;
  readonly addresses: { readonly http: string; readonly grpc: string };
  readonly ends: Ends;
  /** `performance.now()` when the suite began to start. */
  readonly started: number;
  readonly signal: AbortSignal;
  /** Where supervisors say what they do; the display takes it over. */
  readonly told: { say: (line: string) => void };
}

/** Creates what is absent, shows what happens, proves the replication. Answers only when it is to end then. */
export async function runQuickstart({
  eventBus,
  untilReady,
  installation,
  options,
  addresses: { http, grpc },
  ends,
  started,
  signal,
  told,
}: QuickstartRun): Promise<string> {
  const query: QueryClient = openQueryClient(http, signal);
  const tree = options.tree ?? process.stdout.isTTY;
  const display: Display = await openDisplay(eventBus, query, tree, started, signal);
  if (tree) display.pin(`GraphQL ${http}/graphql · gRPC ${grpc} · logs in ${installation.logs}`);
  // What the supervisors say belongs among the lines of the picture, not over it.
  told.say = text => display.line(text);
  ends.add('', () => {
    told.say = say;
    return display.close();
  });
  const command = openGrpcClient({
    address: grpc,
    proto: 'command.proto',
    service: 'replicante.command.v1.CommandService',
  });
  try {
    if (!(await untilReady(text => display.line(text)))) return await forEver();
    for (const { ref, changed } of await applyQuickstart(command, query, options.platformPort))
      display.line(changed ? `created ${ref}` : `${ref} is there already`);
  } finally {
    command.close();
  }
  const cluster = await untilConverged(query, signal, text => display.line(text));
  if (!cluster) return forEver();
  await proveReplication(cluster, installation, display);
  display.line(convergedLine(cluster, (performance.now() - started) / 1000));
  if (options.exitWhenConverged) return 'converged';
  display.line('it stays up; Ctrl-C stops everything');
  return forEver();
}

/** Until somebody asks to stop: that is waited for elsewhere. */
const forEver = (): Promise<never> => new Promise(() => undefined);
