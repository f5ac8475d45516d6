import { applyDecorators } from '@nestjs/common';
import { IDENTIFIER } from '@replicante/kernel';
import { IsNotEmpty, IsString, Matches, MaxLength } from 'class-validator';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** proto3 cannot tell "not given" from "empty": both are missing. */
export const Identifier = (): PropertyDecorator =>
  Matches(IDENTIFIER, { message: 'must be 1 to 128 of A-Z a-z 0-9 . _ -' });

export const CommandId = (): PropertyDecorator =>
  Matches(UUID_V7, { message: 'must be a UUIDv7, new for each command and the same for its repeats' });

export const Traceparent = (): PropertyDecorator =>
  Matches(new RegExp(`^$|${TRACEPARENT.source}`), { message: 'must be a W3C traceparent, or be left out' });

/** Neither PostgreSQL's text nor its jsonb can hold it: it would come back as a defect of ours. */
const WithoutNul = (): PropertyDecorator => Matches(/^[^\0]*$/, { message: 'must not hold a NUL character' });

export const Text = (longest: number): PropertyDecorator =>
  applyDecorators(
    IsString({ message: 'must be text' }),
    IsNotEmpty({ message: 'is missing' }),
    MaxLength(longest, { message: `must be at most ${longest} characters` }),
    WithoutNul(),
  );

export const OptionalText = (longest: number): PropertyDecorator =>
  applyDecorators(
    IsString({ message: 'must be text' }),
    MaxLength(longest, { message: `must be at most ${longest} characters` }),
    WithoutNul(),
  );
