// as: libs/domain/src/fixture.spec.ts
// breaks: no-restricted-syntax
// says: law that is not kept
import { expect, it } from '@jest/globals';

it.only('holds', () => expect(1).toBe(1));
