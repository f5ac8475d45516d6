// as: libs/domain/src/fixture.spec.ts
import '@replicante/testing';
import 'fast-check';
import { expect, it } from '@jest/globals';

it('holds', () => expect(Date.now()).toBeGreaterThan(0));
