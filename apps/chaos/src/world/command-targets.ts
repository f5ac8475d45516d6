import type { GrpcTarget } from '../proxies/grpc-proxy.js';
import { type Enrolled, enrolled, settingOf } from './roll.js';
import type { SuiteName } from './suite-process.js';

/** As many as a stack has. */
const COMMANDS = ['command-1', 'command-2'] as const;

/** Where commands go: to each process of `command` in turn; and to each alone, as workers know them. */
export function commandTargets(
  suite: SuiteName,
  root: string,
  grpcPort: number,
): { readonly command: () => GrpcTarget; readonly control: readonly (() => GrpcTarget)[] } {
  if (suite === 'standalone') return { command: () => ({ port: grpcPort }), control: [] };
  let calls = 0;
  const running = (): readonly Enrolled[] => enrolled(root, 'command');
  const targetOf = (found: Enrolled | undefined): GrpcTarget => {
    const port = found && settingOf(found, 'GRPC_PORT');
    if (found === undefined || port === undefined) throw new Error('no such process of command runs');
    return { port: Number(port), process: found.name };
  };
  return {
    command: () => {
      const all = running();
      calls += 1;
      return targetOf(all[calls % Math.max(1, all.length)]);
    },
    control: COMMANDS.map(name => () => targetOf(running().find(found => found.name === name))),
  };
}
