// as: libs/domain/src/fixture.ts
// breaks: no-restricted-globals
// says: process
export const home = () => process.env['HOME'];
