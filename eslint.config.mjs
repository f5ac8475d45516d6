// One config for the whole workspace. Boundaries come from tools/boundaries.mjs (each with its reason) and are proven by
// tools/boundaries.spec.ts; the rest is typescript-eslint's typed set and what docs and specs here promise.
process.env.NX_DAEMON ??= 'false';
process.env.NX_ISOLATE_PLUGINS ??= 'false';

import eslint from '@eslint/js';
import { createRequire } from 'node:module';
import tseslint from 'typescript-eslint';
import { boundaries, catalogueOnly, depConstraints, importPatterns, rootsOf } from './tools/boundaries.mjs';
import { projects } from './tools/projects.mjs';

const require = createRequire(import.meta.url);
const nx = require('@nx/eslint-plugin');

// Without a cached graph Nx skips its rule with a warning: nothing would be enforced, and nobody would know.
await require('@nx/devkit').createProjectGraphAsync({ exitOnError: true, resetDaemonClient: false });

const ts = ['apps/**/*.ts', 'libs/**/*.ts', 'tools/**/*.ts'];
/** A fixture is part of the specs that use it, and never built. */
const specs = ['**/*.spec.ts', '**/*.fixture.ts'];

const focus = [
  {
    selector:
      'MemberExpression[object.name=/^(describe|it|test)$/][property.name=/^(only|skip|todo|failing|concurrent)$/]',
    message: 'A focused, skipped or failing test is a law that is not kept: fix it or remove it.',
  },
  {
    selector: 'CallExpression[callee.name=/^(fit|fdescribe|xit|xtest|xdescribe)$/]',
    message: 'A focused or skipped test is a law that is not kept: fix it or remove it.',
  },
];
const sleep = {
  selector:
    'NewExpression[callee.name="Promise"] > ArrowFunctionExpression CallExpression[callee.name=/^(setTimeout|setImmediate)$/][arguments.0.type="Identifier"]',
  message: 'A spec waits on a condition (`eventually`), never on time: a slow machine breaks it.',
};
const everywhere = [
  {
    selector: 'ExportAllDeclaration',
    message: 'Name what is exported: `export *` publishes whatever somebody adds to the file later.',
  },
];

// safety.md §11 and style.md §1: decide and evolve must give the same answer on every replay.
const impureCalls = [
  {
    selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
    message: "Time comes in the command's metadata: a replay has to decide what was decided then.",
  },
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: "Time comes in the command's metadata: a replay has to decide what was decided then.",
  },
  {
    selector: 'CallExpression[callee.name="Date"]',
    message: "Time comes in the command's metadata: a replay has to decide what was decided then.",
  },
  {
    selector: 'MemberExpression[object.name="Math"][property.name="random"]',
    message: 'Ids and chance come in with the command: a replay has to decide what was decided then.',
  },
  {
    selector: 'ImportExpression',
    message: 'Pure code is loaded at once, by static imports that the boundary rules see.',
  },
];
const nodeGlobals = ['process', 'Buffer', 'require', 'module', '__dirname', '__filename', 'global'];
const impureGlobals = [
  'crypto',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'console',
];
const bannedGlobals = (names, message) => ['error', ...names.map(name => ({ name, message }))];

/** Specs (and only they) of any project make its graph edge to `testing`; a cycle through it never exists at run time. */
const cyclesThroughTesting = projects.filter(p => p.name !== 'testing').map(p => [p.name, 'testing']);
const moduleBoundaries = (spec, extra = {}) => [
  'error',
  {
    depConstraints: depConstraints({ spec }),
    ignoredCircularDependencies: cyclesThroughTesting,
    enforceBuildableLibDependency: false,
    banTransitiveDependencies: true,
    ...extra,
  },
];

const boundariesOf = kind => {
  const folders = rootsOf(kind);
  const paths =
    kind === 'hand'
      ? [
          {
            name: '@replicante/kernel',
            allowImportNames: catalogueOnly,
            message:
              'Hands take only the error catalogue: the rest of the kernel is not a published surface.',
          },
        ]
      : [];
  const dynamic = importPatterns(kind, { spec: false }).map(({ regex, message }) => ({
    selector: `ImportExpression[source.value=/${regex.replaceAll('/', '\\u002F')}/]`,
    message,
  }));
  const pure = kind === 'kernel' || kind === 'domain';
  const withoutNode = pure || kind === 'port' || kind === 'engine';
  return [
    {
      name: `boundaries/${kind}`,
      files: folders.map(f => `${f}/**/*.ts`),
      ignores: specs,
      rules: {
        'no-restricted-imports': ['error', { paths, patterns: importPatterns(kind, { spec: false }) }],
        'no-restricted-syntax': ['error', ...everywhere, ...(pure ? impureCalls : dynamic)],
        ...(withoutNode && {
          'no-restricted-globals': bannedGlobals(
            pure ? [...nodeGlobals, ...impureGlobals] : nodeGlobals,
            `Not in a project of kind "${kind}": ${boundaries[kind].why}.`,
          ),
        }),
      },
    },
    {
      name: `boundaries/${kind}/specs`,
      files: folders.flatMap(f => specs.map(s => `${f}/${s}`)),
      rules: { 'no-restricted-imports': ['error', { patterns: importPatterns(kind, { spec: true }) }] },
    },
  ];
};

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      'coverage/',
      '.nx/',
      '.replicante/',
      'tmp/',
      'tools/boundary-fixtures/',
    ],
  },
  {
    // A rule that is wrong is changed here, for everyone and with its reason; not switched off where it hurts.
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
  },
  eslint.configs.recommended,
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'performance',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'URL',
          'Buffer',
          'AbortController',
          'AbortSignal',
          'fetch',
        ].map(name => [name, 'readonly']),
      ),
    },
  },
  {
    files: ts,
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      eqeqeq: 'error',
      // Prettier breaks lines before a bracket; it also writes every semicolon, which is what the rule is about.
      'no-unexpected-multiline': 'off',
      // A source that only waits, or only fails, is a generator that yields nothing.
      'require-yield': 'off',
      'no-restricted-syntax': ['error', ...everywhere],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'prefer-const': 'error',
      'object-shorthand': 'error',
      '@nx/enforce-module-boundaries': moduleBoundaries(false),
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // What was caught is thrown on as it was: by its type that is anything. Literals are refused.
      '@typescript-eslint/only-throw-error': 'off',
      'no-throw-literal': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-ignore': true, 'ts-nocheck': true, 'ts-expect-error': true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // A memory adapter answers at once through a port of promises: async without await is how it throws as they do.
      '@typescript-eslint/require-await': 'off',
    },
  },
  ...Object.keys(boundaries).flatMap(boundariesOf),
  {
    // A new kind of event or state must stop the compiler at every fold: there `default` would swallow it.
    files: [...rootsOf('domain'), ...rootsOf('read-models')].map(folder => `${folder}/**/*.ts`),
    rules: { '@typescript-eslint/switch-exhaustiveness-check': 'error' },
  },
  {
    // Product code writes log lines through the service's logger; a stray print on stdout breaks who parses it.
    files: ['libs/**/*.ts'],
    ignores: ['libs/testing/**', ...specs],
    rules: { 'no-console': 'error' },
  },
  {
    files: specs,
    rules: {
      '@nx/enforce-module-boundaries': moduleBoundaries(true),
      'no-restricted-syntax': ['error', ...everywhere, ...focus, sleep],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    // It starts built services beside each other, with the pieces of the suite that hosts them.
    files: ['apps/stack/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': moduleBoundaries(false, { allow: ['@replicante/app-standalone'] }),
    },
  },
  {
    files: specs.map(s => `apps/stack/${s}`),
    rules: {
      '@nx/enforce-module-boundaries': moduleBoundaries(true, { allow: ['@replicante/app-standalone'] }),
    },
  },
  {
    // The only one that hosts apps. `allow` lifts Nx's ban on importing apps for these names, and nothing else.
    files: ['apps/standalone/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': moduleBoundaries(false, {
        allow: [...rootsOf('app'), ...rootsOf('hand')].map(
          root => `@replicante/app-${root.replace('apps/', '')}`,
        ),
      }),
    },
  },
  {
    files: specs.map(s => `apps/standalone/${s}`),
    rules: {
      '@nx/enforce-module-boundaries': moduleBoundaries(true, {
        allow: [...rootsOf('app'), ...rootsOf('hand')].map(
          root => `@replicante/app-${root.replace('apps/', '')}`,
        ),
      }),
    },
  },
  {
    // What a type test expects to be refused is its assertion.
    files: ['**/*.type-test.ts'],
    rules: {
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
    },
  },
);
