import { GraphQLScalarType } from 'graphql';

/** Documents go out as they are stored. */
export const jsonScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  serialize: value => value,
  parseValue: value => value,
});

/** Rows hold dates; documents hold the text that they were written with. */
export const dateTimeScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'DateTime',
  serialize: value => (value instanceof Date ? value.toISOString() : value),
  parseValue: value => value,
});
