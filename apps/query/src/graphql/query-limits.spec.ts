import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import { checkQueryLimits, MAX_DEPTH, MAX_READS } from './query-limits.js';

const schema = buildSchema(`
  type Query { thing: Thing }
  type Thing { name: String thing: Thing things(first: Int): [Thing!]! }
`);
const check =
  (query: string, variables = {}) =>
  () =>
    checkQueryLimits(schema, parse(query), variables);
const nested = (depth: number) => `{ ${'thing { '.repeat(depth - 1)} name ${'} '.repeat(depth - 1)} }`;

describe('the limits of a query', () => {
  it('let pass what is as deep as is served, and refuse one level more', () => {
    expect(check(nested(MAX_DEPTH))).not.toThrow();
    expect(check(nested(MAX_DEPTH + 1))).toThrow(expect.objectContaining({ code: 'QUERY_TOO_COMPLEX' }));
  });

  it('count depth through fragments', () => {
    const half = nested(Math.ceil(MAX_DEPTH / 2) + 1).slice(1, -1);
    const query = `{ ...top } fragment top on Query { ${half.replace('name', '...rest')} } fragment rest on Thing { ${half} }`;
    expect(check(query)).toThrow(expect.objectContaining({ code: 'QUERY_TOO_COMPLEX' }));
  });

  it('multiply pages, from texts, variables and defaults alike', () => {
    const query = (first: string) =>
      `query ($n: Int) { thing { things${first} { things${first} { things${first} { things${first} { name } } } } } }`;
    for (const [first, n] of [
      ['(first: 200)', 0],
      ['(first: $n)', 200],
      ['', 0],
    ] as const)
      expect(check(query(first), { n })).toThrow(expect.objectContaining({ code: 'QUERY_TOO_COMPLEX' }));
    expect(check(query('(first: 10)'))).not.toThrow();
    expect(check(query('(first: $n)'), { n: 10 })).not.toThrow();
  });

  it('weigh fragments that spread each other twice in no more time than they take to read', () => {
    const chain = Array.from(
      { length: 60 },
      (_, n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`,
    );
    const query = `{ ...f0 } ${chain.join(' ')} fragment f60 on Query { thing { things(first: 200) { name } } }`;
    expect(check(query)).toThrow(expect.objectContaining({ code: 'QUERY_TOO_COMPLEX' }));
  });

  it('count what is read, by whatever alias', () => {
    const aliases = (count: number, field: string) =>
      Array.from({ length: count }, (_, n) => `a${n}: ${field}`).join(' ');
    const lists = (count: number) => `{ thing { ${aliases(count, 'things(first: 1) { name }')} } }`;
    expect(check(`{ ${aliases(MAX_READS, 'thing { name }')} }`)).not.toThrow();
    expect(check(lists(MAX_READS - 1))).not.toThrow();
    for (const query of [`{ ${aliases(MAX_READS + 1, 'thing { name }')} }`, lists(MAX_READS)])
      expect(check(query)).toThrow(expect.objectContaining({ code: 'QUERY_TOO_COMPLEX' }));
  });

  it('cost introspection nothing', () => {
    expect(check(`{ __schema { types { fields { type { ofType { name } } } } } }`)).not.toThrow();
  });
});
