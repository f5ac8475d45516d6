// as: libs/domain/src/fixture.ts
// breaks: no-restricted-syntax
// says: loaded at once
export const load = () => import('./other.js');
