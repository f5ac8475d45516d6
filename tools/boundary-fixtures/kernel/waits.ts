// as: libs/kernel/src/fixture.ts
// breaks: no-restricted-globals
// says: setTimeout
export const later = (run: () => void) => setTimeout(run, 1);
