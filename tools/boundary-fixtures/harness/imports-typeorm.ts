// as: apps/bench/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "harness"
import 'typeorm';
