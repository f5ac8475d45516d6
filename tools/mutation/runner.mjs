// Runs specs that need nothing inside Stryker's own process. Jest starts a world of modules per spec file and mutant:
// 5 s each for the domain, hours in all. Here a mutant costs the tests that cover it, until one fails. What is run is
// what Jest runs: the same spec files, with Jest's own `expect` and `each`.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PluginKind, declareFactoryPlugin } from '@stryker-mutator/api/plugin';
import fc from 'fast-check';
import { specLoader } from './load-specs.mjs';

/** Property tests: the same inputs in each run, so that a score is no matter of luck; and no search for smaller ones. */
const PROPERTY_SEED = 1;

const specsBelow = (root, folder, without) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(path => /\.spec\.ts$/.test(path) && !/\.(contract|int|e2e)\.spec\.ts$/.test(path))
    .filter(path => !without.some(end => path.endsWith(end)))
    .map(path => join(folder, path))
    .sort();

/**
 * `options.specRunner`: `{ specs: folder, aliases, without? }`; specs whose path ends in one of `without` are left
 * out: the slow ones, for a quick look that counts too few as killed. Statuses are the values of Stryker's enums.
 */
export function createRunner(options, root = process.cwd()) {
  const { specs: folder, aliases, without = [] } = options.specRunner;
  const specsThere = () => specsBelow(root, folder, without);
  const instrumented = (globalThis.__stryker__ ??= {});
  const loader = specLoader(root, aliases);
  const timeOf = new Map();
  const killsOf = new Map();
  /** Tests that are fast, and those that killed many mutants, come first: most runs end with one of them. */
  const costOf = ({ id }) => (timeOf.get(id) ?? 0) / (1 + (killsOf.get(id) ?? 0));

  const run = async test => {
    const started = performance.now();
    const failure = await Promise.resolve()
      .then(test.run)
      .then(
        () => null,
        error => (error instanceof Error ? error.message : String(error)),
      );
    const timeSpentMs = performance.now() - started;
    timeOf.set(test.id, timeSpentMs);
    const { id, name } = test;
    const result = { id, name, fileName: resolve(root, test.file), timeSpentMs };
    return failure === null ? { ...result, status: 0 } : { ...result, status: 1, failureMessage: failure };
  };

  return {
    capabilities: () => ({ reloadEnvironment: true }),
    init: async () => {
      fc.configureGlobal({ seed: PROPERTY_SEED, endOnFailure: true });
    },

    dryRun: async () => {
      instrumented.mutantCoverage = { static: {}, perTest: {} };
      const results = [];
      for (const spec of specsThere())
        for (const { id } of loader.load([spec])) {
          // Anew for each test: what one of them keeps for the next must not hide what that one meets.
          const test = loader.load([spec]).find(t => t.id === id);
          instrumented.currentTestId = id;
          results.push(await run(test));
          instrumented.currentTestId = undefined;
        }
      return { status: 'complete', tests: results, mutantCoverage: instrumented.mutantCoverage };
    },

    mutantRun: async ({ activeMutant, testFilter, hitLimit, disableBail }) => {
      const wanted = testFilter && new Set(testFilter);
      const specs = specsThere().filter(spec => !wanted || testFilter.some(id => id.startsWith(`${spec} `)));
      Object.assign(instrumented, { activeMutant: activeMutant.id, hitCount: 0, hitLimit });
      try {
        let tests;
        try {
          tests = loader.load(specs).filter(test => !wanted || wanted.has(test.id));
        } catch (error) {
          return { status: 'error', errorMessage: `A spec does not load: ${String(error)}` };
        }
        tests.sort((a, b) => costOf(a) - costOf(b));
        const failed = [];
        let nrOfTests = 0;
        for (const test of tests) {
          const result = await run(test);
          nrOfTests += 1;
          if (result.status === 1) {
            failed.push(result);
            killsOf.set(test.id, (killsOf.get(test.id) ?? 0) + 1);
          }
          if (failed.length > 0 && !disableBail) break;
        }
        if (hitLimit !== undefined && instrumented.hitCount > hitLimit)
          return { status: 'timeout', reason: `The mutant was met ${instrumented.hitCount} times` };
        if (failed[0] === undefined) return { status: 'survived', nrOfTests };
        return {
          status: 'killed',
          killedBy: failed.map(f => f.id),
          failureMessage: failed[0].failureMessage,
          nrOfTests,
        };
      } finally {
        Object.assign(instrumented, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
      }
    },
  };
}

const factory = options => createRunner(options);
factory.inject = ['options'];
export const strykerValidationSchema = {
  properties: {
    specRunner: {
      type: 'object',
      required: ['specs', 'aliases'],
      additionalProperties: false,
      properties: {
        specs: { type: 'string' },
        aliases: { type: 'object', additionalProperties: { type: 'string' } },
        without: { type: 'array', items: { type: 'string' } },
      },
    },
  },
};
export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'spec', factory)];
