import { expect, it } from '@jest/globals';
import { comparable, keptState } from './kept-state.js';

it('reads Maps and Sets where the snapshot says that they stood, one within the other', () => {
  const value = { members: ['pg-1', { seen: ['a', 'b'] }], seen: ['a'] };
  const document = { value, maps: [['members']], sets: [['members', 1, 'seen']] };
  expect(keptState(`{"format":1}\n${JSON.stringify(document)}`)).toEqual({
    members: new Map([['pg-1', { seen: new Set(['a', 'b']) }]]),
    seen: ['a'],
  });
});

it('tells a Map from a Set and from a list, and its order too', () => {
  const forms = [
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
    new Map([
      ['b', 2],
      ['a', 1],
    ]),
    new Set(['a', 1]),
    ['a', 1],
  ];
  expect(new Set(forms.map(form => JSON.stringify(comparable(form)))).size).toBe(forms.length);
});
