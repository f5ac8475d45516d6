// `@jest/globals` for specs that need nothing: collects the tests of one spec, with Jest's own `each` and `expect`.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { expect } = require('expect');
const { bind } = require('jest-each');

/** Anything else that a spec asks of Jest is undefined, so that the spec fails instead of being counted as passed. */
export function collectTests(file) {
  const tests = [];
  const path = [];
  const it = (title, run) => {
    const name = [...path, title].join(' ');
    const twins = tests.filter(t => t.name === name).length;
    tests.push({ id: `${file} ${name}${twins ? ` #${twins + 1}` : ''}`, name, file, run });
  };
  const describe = (title, define) => {
    path.push(title);
    define();
    path.pop();
  };
  it.each = bind(it, false);
  describe.each = bind(describe, false);
  return { tests, globals: { describe, it, test: it, expect } };
}
