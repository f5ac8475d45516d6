// as: libs/event-store/port/src/fixture.ts
// breaks: no-restricted-globals
// says: process
export const home = () => process.env['HOME'];
