// as: libs/service/src/fixture.ts
// breaks: @typescript-eslint/no-explicit-any
// says: any
export const open = (value: any): string => String(value);
