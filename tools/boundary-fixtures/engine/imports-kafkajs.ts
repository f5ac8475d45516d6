// as: libs/subscriptions/src/fixture.ts
// breaks: no-restricted-imports
// says: kind "engine" imports our own code only
import 'kafkajs';
