// as: libs/domain/src/fixture.spec.ts
// breaks: no-restricted-syntax
// says: law that is not kept
import { expect, it, xdescribe } from '@jest/globals';

xdescribe('a law', () => {
  it('holds', () => expect(1).toBe(1));
});
