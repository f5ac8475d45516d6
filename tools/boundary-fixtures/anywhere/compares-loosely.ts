// as: libs/service/src/fixture.ts
// breaks: eqeqeq
// says: ===
export const same = (a: string, b: string) => a == b;
