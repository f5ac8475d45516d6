// The one list of projects: import name, folder, kind. `npm run gen` writes project.json files and
// tsconfig paths from it; the build, Jest and the boundary fixtures read it. A folder missing here fails `npm run check`.

/** kind → what it is; the rules of who may import whom are in eslint.config.mjs. */
export const projects = [
  { name: 'kernel', root: 'libs/kernel', kind: 'kernel' },
  { name: 'domain', root: 'libs/domain', kind: 'domain' },
  { name: 'contracts', root: 'libs/contracts', kind: 'contracts' },

  ...['event-store', 'event-bus', 'task-queue', 'coordinator', 'snapshot-store'].flatMap(port => [
    { name: port, root: `libs/${port}/port`, kind: 'port' },
    { name: `${port}-contract`, root: `libs/${port}/contract`, kind: 'suite' },
    { name: `${port}-postgres`, root: `libs/${port}/postgres`, kind: 'adapter' },
    { name: `${port}-memory`, root: `libs/${port}/memory`, kind: 'adapter' },
  ]),

  { name: 'event-store-eventstoredb', root: 'libs/event-store/eventstoredb', kind: 'adapter' },
  { name: 'event-bus-kafka', root: 'libs/event-bus/kafka', kind: 'adapter' },
  { name: 'task-queue-kafka', root: 'libs/task-queue/kafka', kind: 'adapter' },
  { name: 'coordinator-consul', root: 'libs/coordinator/consul', kind: 'adapter' },
  { name: 'postgres-client', root: 'libs/postgres-client', kind: 'adapter-support' },
  { name: 'kafka-client', root: 'libs/kafka-client', kind: 'adapter-support' },

  { name: 'command-handling', root: 'libs/command-handling', kind: 'engine' },
  { name: 'subscriptions', root: 'libs/subscriptions', kind: 'engine' },
  { name: 'gateway', root: 'libs/gateway', kind: 'engine' },
  { name: 'read-models', root: 'libs/read-models', kind: 'read-models' },

  { name: 'agent-protocol', root: 'libs/agent-protocol', kind: 'protocol' },
  { name: 'platform-protocol', root: 'libs/platform-protocol', kind: 'protocol' },
  { name: 'agent-sdk', root: 'libs/agent-sdk', kind: 'sdk' },
  { name: 'platform-sdk', root: 'libs/platform-sdk', kind: 'sdk' },
  { name: 'postgres-server', root: 'libs/postgres-server', kind: 'host' },
  { name: 'processes', root: 'libs/processes', kind: 'host' },
  { name: 'servers', root: 'libs/servers', kind: 'server' },
  { name: 'simulated-fleet', root: 'libs/simulated-fleet', kind: 'server' },
  { name: 'service', root: 'libs/service', kind: 'service' },
  { name: 'testing', root: 'libs/testing', kind: 'testing' },

  ...['command', 'projection', 'query', 'scheduler', 'worker'].map(name => ({
    name: `app-${name}`,
    root: `apps/${name}`,
    kind: 'app',
  })),
  { name: 'app-standalone', root: 'apps/standalone', kind: 'standalone' },
  { name: 'app-stack', root: 'apps/stack', kind: 'stack' },
  { name: 'app-replictl', root: 'apps/replictl', kind: 'hand' },
  { name: 'app-agent-postgres', root: 'apps/agent-postgres', kind: 'managed' },
  { name: 'app-platform-local', root: 'apps/platform-local', kind: 'managed' },
  { name: 'bench', root: 'apps/bench', kind: 'harness' },
  { name: 'chaos', root: 'apps/chaos', kind: 'checker' },
];
