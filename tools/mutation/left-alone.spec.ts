import { describe, expect, it } from '@jest/globals';
import type { SyntaxNode } from './left-alone.mjs';
import { whyIgnored } from './left-alone.mjs';

const text = (value: string): SyntaxNode => ({ type: 'StringLiteral', value });
const name = (n: string): SyntaxNode => ({ type: 'Identifier', name: n });
const template = (raw: readonly string[], expressions: readonly SyntaxNode[]): SyntaxNode => ({
  type: 'TemplateLiteral',
  expressions,
  quasis: raw.map(r => ({ value: { raw: r } })),
});

describe('a mutant of a text', () => {
  it.each([
    ['a sentence', text('The call needs a lease')],
    ['words with a name in quotes', text("give it as 'name'")],
    ['a sentence around names', template(['Lease ', ' is fenced by ', ''], [name('a'), name('b')])],
  ])('is left out when it is %s', (_what, node) => {
    expect(whyIgnored(node)).toBe('a sentence for people');
  });
  it.each([
    ['a code', text('PRIMARY_LOST')],
    ['a type of event', text('cluster.NodeChanged.v1')],
    ['a kind of action', text('core.replicante.io/test.loop')],
    ['a subject', template(['group:', ''], [name('id')])],
    ['a key of two names', template(['', ' ', ''], [name('rule'), name('subject')])],
    ['a name to derive an id from', template(['attempt ', ' ', ''], [name('id'), name('n')])],
    ['a sentence with a decision in it', template(['one or ', ''], [{ type: 'ConditionalExpression' }])],
    ['no text', { type: 'NumericLiteral' }],
  ] satisfies readonly [string, SyntaxNode][])('stays in when it is %s', (_what, node) => {
    expect(whyIgnored(node)).toBeUndefined();
  });
});

describe('a mutant of a default case', () => {
  const returning = (callee: string, test: SyntaxNode | null = null): SyntaxNode => ({
    type: 'SwitchCase',
    test,
    consequent: [{ argument: { callee: { name: callee } } }],
  });
  it('is left out when its types say that nothing gets there', () => {
    expect(whyIgnored(returning('assertNever'))).toBe('unreachable by its types');
  });
  it('stays in when it does something, and when it is no default', () => {
    expect(whyIgnored(returning('decide'))).toBeUndefined();
    expect(whyIgnored(returning('assertNever', text('a')))).toBeUndefined();
  });
});
