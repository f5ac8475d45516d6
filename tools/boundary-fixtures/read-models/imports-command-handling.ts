// as: libs/read-models/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "read-models"
import '@replicante/command-handling';
