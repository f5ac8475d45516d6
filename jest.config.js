import preset from './jest.preset.js';

const layer = (displayName, testMatch, extra = {}) => ({
  ...preset,
  displayName,
  testMatch,
  rootDir: '.',
  ...extra,
});

/** The suffix names the layer: what a test needs to run (docs/testing.md). */
export default {
  testTimeout: 60_000,
  projects: [
    layer('unit', ['<rootDir>/{apps,libs,tools}/**/*.spec.ts'], {
      testPathIgnorePatterns: [...preset.testPathIgnorePatterns, '\\.(contract|int|e2e)\\.spec\\.ts$'],
    }),
    layer('contract', ['<rootDir>/libs/**/*.contract.spec.ts']),
    layer('int', ['<rootDir>/{apps,libs}/**/*.int.spec.ts']),
    layer('e2e', ['<rootDir>/{apps,libs}/**/*.e2e.spec.ts']),
  ],
};
