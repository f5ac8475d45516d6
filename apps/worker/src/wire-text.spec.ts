import { describe, expect, it } from '@jest/globals';
import { wireText } from './wire-text.js';

describe('a document on its way to command', () => {
  it('is JSON as it is', () => {
    const document = { text: 'naïve 🐘 \\u0000 \n', list: [1, null, true], deep: { a: 'b' } };
    expect(JSON.parse(wireText(document))).toEqual(document);
  });

  it('holds no NUL and no half of a surrogate pair, however deep', () => {
    expect(JSON.parse(wireText({ a: ['x\0y', { b: '\ud83d' }], c: '\udc18z', good: '🐘' }))).toEqual({
      a: ['x\uFFFDy', { b: '\uFFFD' }],
      c: '\uFFFDz',
      good: '🐘',
    });
  });
});
