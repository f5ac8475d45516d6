import type { ClusterCommand, PlatformCommand } from '@replicante/domain';

/** Ages were taken when the worker sent; what the command waited here is added, and taken off the time to act (safety.md §11). */
export function olderCluster(command: ClusterCommand, elapsedMs: number): ClusterCommand {
  if (command.type !== 'SubmitObservation') return command;
  const waitedMs = Math.round(elapsedMs);
  const { observation, act_within_ms } = command.data;
  return {
    ...command,
    data: {
      ...command.data,
      act_within_ms: Math.max(0, act_within_ms - waitedMs),
      observation: {
        ...observation,
        cycle_age_ms: observation.cycle_age_ms + waitedMs,
        nodes: observation.nodes.map(node => ({ ...node, age_ms: node.age_ms + waitedMs })),
      },
    },
  };
}

export function olderPlatform(command: PlatformCommand, elapsedMs: number): PlatformCommand {
  if (command.type !== 'SubmitDiscovery') return command;
  const { observation } = command.data;
  const older = { ...observation, age_ms: observation.age_ms + Math.round(elapsedMs) };
  return { ...command, data: { ...command.data, observation: older } };
}
