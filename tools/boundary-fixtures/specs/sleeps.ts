// as: libs/domain/src/fixture.spec.ts
// breaks: no-restricted-syntax
// says: waits on a condition
import { expect, it } from '@jest/globals';

it('holds', async () => {
  await new Promise(done => setTimeout(done, 100));
  expect(1).toBe(1);
});
