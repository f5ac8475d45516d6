// as: libs/service/src/fixture.ts
// breaks: @typescript-eslint/no-explicit-any, noInlineConfig
// says: any
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export const open = (value: any): string => String(value);
