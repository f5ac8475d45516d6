// as: libs/service/src/fixture.ts
// breaks: no-throw-literal
// says: Expected an error object
export function fail(): never {
  throw 'late';
}
