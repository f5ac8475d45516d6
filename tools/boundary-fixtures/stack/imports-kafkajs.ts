// as: apps/stack/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "stack"
import 'kafkajs';
