// as: libs/service/src/fixture.ts
// breaks: no-empty
// says: Empty block
export function quiet(run: () => void) {
  try {
    run();
  } catch {}
}
