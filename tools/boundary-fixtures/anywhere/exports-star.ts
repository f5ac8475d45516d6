// as: libs/service/src/fixture.ts
// breaks: no-restricted-syntax
// says: Name what is exported
export * from './other.js';
