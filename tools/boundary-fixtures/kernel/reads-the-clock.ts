// as: libs/kernel/src/fixture.ts
// breaks: no-restricted-syntax
// says: a replay has to decide what was decided then
export const now = () => Date.now();
