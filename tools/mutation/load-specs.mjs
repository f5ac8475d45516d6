// Loads specs and the sources that they import anew each time: a mutant that writes into a shared object (an initial
// state) must not decide about the next one. Each file is compiled once; evaluating them all is a few milliseconds.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { collectTests } from './collect-tests.mjs';

const { transformSync } = createRequire(import.meta.url)('@swc/core');

/** `aliases`: import name → file, beside `@jest/globals`. Answers `load(specs)`, which answers the tests of the specs. */
export function specLoader(root, aliases) {
  const compiled = new Map();
  const external = createRequire(join(root, 'package.json'));

  const compile = file => {
    const known = compiled.get(file);
    if (known) return known;
    const { code } = transformSync(readFileSync(file, 'utf8'), {
      filename: file,
      swcrc: false,
      sourceMaps: false,
      module: { type: 'commonjs' },
      jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
    });
    const evaluate = new Function('exports', 'require', 'module', '__filename', '__dirname', code);
    compiled.set(file, evaluate);
    return evaluate;
  };

  const fileOf = (specifier, from) => {
    if (aliases[specifier]) return resolve(root, aliases[specifier]);
    if (!specifier.startsWith('.')) return null;
    const file = resolve(dirname(from), specifier);
    const source = file.replace(/\.js$/, '.ts');
    return existsSync(source) ? source : file;
  };

  const load = specs => {
    const loaded = new Map();
    const one = (file, globals) => {
      const before = loaded.get(file);
      if (before) return before.exports;
      const module = { exports: {} };
      loaded.set(file, module);
      const require = specifier => {
        if (specifier === '@jest/globals') return globals;
        const target = fileOf(specifier, file);
        return target ? one(target, globals) : external(specifier);
      };
      compile(file)(module.exports, require, module, file, dirname(file));
      return module.exports;
    };
    return specs.flatMap(spec => {
      const { tests, globals } = collectTests(spec);
      one(resolve(root, spec), globals);
      return tests;
    });
  };
  return { load };
}
