// as: libs/subscriptions/src/fixture.ts
// breaks: no-restricted-globals
// says: Buffer
export const bytes = (text: string) => Buffer.from(text);
