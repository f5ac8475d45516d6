import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { readFileSync } from 'node:fs';
import { graphqlSchemaPath } from '@replicante/contracts';
import { DOCUMENTS } from './queries.js';

const schema = buildSchema(readFileSync(graphqlSchemaPath, 'utf8'));

describe('what replictl asks', () => {
  it.each(Object.entries(DOCUMENTS))('%s fits the SDL', (_, document) => {
    expect(validate(schema, parse(document)).map(e => e.message)).toEqual([]);
  });
});
