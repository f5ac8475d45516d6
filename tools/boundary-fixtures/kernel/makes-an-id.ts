// as: libs/kernel/src/fixture.ts
// breaks: no-restricted-globals
// says: crypto
export const id = () => crypto.randomUUID();
