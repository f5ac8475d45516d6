// as: libs/kernel/src/fixture.ts
// breaks: no-restricted-imports
// says: kind "kernel" imports our own code only
import 'node:crypto';
