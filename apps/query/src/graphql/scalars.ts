import { GraphQLScalarType } from 'graphql';
import { isoTime } from '../objects/iso-time.js';

/** Documents go out as they are stored. */
export const jsonScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  serialize: value => value,
  parseValue: value => value,
});

/** Rows hold dates; documents hold the text that they were written with. */
export const dateTimeScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'DateTime',
  serialize: value => (value instanceof Date ? isoTime(value) : value),
  parseValue: value => value,
});
