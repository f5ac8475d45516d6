import { describe, expect, it } from '@jest/globals';
import { checkSource, MAX_CHARACTERS, MAX_DEFINITIONS, MAX_NESTING } from './source-limits.js';

const refusal = (source: string): unknown => {
  try {
    checkSource(source);
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};
const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);

describe('the text of a query', () => {
  it.each([
    ['{', '}'],
    ['[', ']'],
    ['(', ')'],
  ])('may nest %s%s only so deep', (open, close) => {
    expect(refusal(`x ${nested(open, close, MAX_NESTING)}`)).toBeUndefined();
    expect(refusal(`x ${nested(open, close, MAX_NESTING + 1)}`)).toBe('QUERY_TOO_COMPLEX');
  });

  it('is only so long: it is kept parsed before its fields are counted', () => {
    expect(refusal(`{ a${' '.repeat(MAX_CHARACTERS - 5)} }`)).toBeUndefined();
    expect(refusal(`{ a${' '.repeat(MAX_CHARACTERS - 4)} }`)).toBe('QUERY_TOO_COMPLEX');
  });

  it('has brackets of no meaning in strings and comments', () => {
    const many = '{'.repeat(MAX_NESTING + 1);
    expect(refusal(`{ a(b: "\\"${many}") } # ${many}`)).toBeUndefined();
    expect(refusal(`{ a(b: """\\""" ${many}""") }`)).toBeUndefined();
  });

  it('has only so many operations and fragments: their chains are walked to the end', () => {
    const fragments = (count: number) =>
      Array.from({ length: count }, (_, n) => `fragment f${n} on Query { ...f${n + 1} }`).join(' ');
    expect(refusal(fragments(MAX_DEFINITIONS))).toBeUndefined();
    expect(refusal(fragments(MAX_DEFINITIONS + 1))).toBe('QUERY_TOO_COMPLEX');
  });

  it('is no JSON: a syntax tree of the client would pass unchecked', () => {
    const json = [
      '5',
      '-1',
      '[]',
      '"a"',
      'true',
      'false',
      '{"kind":"Document","definitions":[]}',
      '{}',
      'null',
    ];
    for (const source of json.flatMap(text => [text, ` \t\r\n${text}\n`, text.replace('{', '{ \n')]))
      expect(refusal(source)).toBe('INVALID_REQUEST');
    for (const source of ['{ a }', 'fragment f on Query { a } { ...f }', 'query { a }', '{a}'])
      expect(refusal(source)).toBeUndefined();
  });
});
