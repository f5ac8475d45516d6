// One Jest preset for every kind of test. Full ESM: what is tested is what runs.
import { projects } from './tools/projects.mjs';

const byLongestName = [...projects].sort((a, b) => b.name.length - a.name.length);

export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest'] },
  moduleNameMapper: {
    ...Object.fromEntries(
      byLongestName.map(p => [`^@replicante/${p.name}$`, `<rootDir>/${p.root}/src/index.ts`]),
    ),
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/tmp/'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
};
