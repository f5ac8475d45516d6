// as: libs/subscriptions/src/fixture.ts
// breaks: @nx/enforce-module-boundaries, no-restricted-imports
// says: kind "engine" imports our own code only
import 'kafkajs';
