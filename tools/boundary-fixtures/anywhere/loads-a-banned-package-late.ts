// as: libs/agent-sdk/src/fixture.ts
// breaks: no-restricted-syntax
// says: Not for a project of kind "sdk"
export const load = () => import('pg');
