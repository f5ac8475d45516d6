// Mutation testing of the domain: `npm run mutation` (docs/testing.md).
export default {
  plugins: ['./tools/mutation/runner.mjs', './tools/mutation/left-alone.mjs'],
  testRunner: 'spec',
  specRunner: {
    specs: 'libs/domain/src',
    aliases: { '@replicante/kernel': 'libs/kernel/src/index.ts' },
    /** As long as all others together, and every survivor would meet them: the score counts too few as killed. */
    without: ['.properties.spec.ts'],
  },
  mutate: ['libs/domain/src/**/*.ts', '!**/*.{spec,fixture}.ts', '!libs/domain/src/index.ts'],
  ignorers: ['left-alone'],
  coverageAnalysis: 'perTest',
  concurrency: 1,
  /** A loop without end, and not a busy machine, is what ends here: no test of the domain takes a tenth of it. */
  timeoutMS: 20_000,
  tempDirName: 'tmp/stryker',
  ignorePatterns: ['**', '!libs/domain/**', '!libs/kernel/**', '!package.json'],
  reporters: ['clear-text', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false, reportMutants: false },
  thresholds: { high: 95, low: 80, break: 80 },
};
