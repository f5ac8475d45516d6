// as: libs/service/src/fixture.ts
// breaks: @typescript-eslint/ban-ts-comment
// says: ts-ignore
// @ts-ignore
export const port: number = '1';
