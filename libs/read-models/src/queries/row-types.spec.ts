import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { parseTime } from './row-types.js';

const driver = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text') as (
  text: string,
) => Date | number;

describe('a time of PostgreSQL', () => {
  it.each([
    '2026-01-31 23:59:59+00',
    '2026-01-31 23:59:59.5+00',
    '2026-01-31 23:59:59.123+00',
    '2026-01-31 23:59:59.123456+00',
    '2024-02-29 00:00:00.000001+00',
    '2026-07-01 12:00:00.25+02',
    '2026-07-01 12:00:00+05:30',
    '1883-11-18 12:00:00-04:56:02',
    '0044-03-15 10:00:00+00 BC',
    '0044-03-15 10:00:00+00',
    '12026-01-01 00:00:00+00',
    'infinity',
    '-infinity',
  ])('is read as the driver reads it: %s', text => {
    expect(parseTime(text)).toEqual(driver(text));
  });

  it('loses no millisecond to the rounding of a fraction', () => {
    expect((parseTime('2026-01-31 23:59:59.289+00') as Date).toISOString()).toBe('2026-01-31T23:59:59.289Z');
    for (let ms = 0; ms < 1_000; ms += 1) {
      const text = `2026-01-31 23:59:59.${String(ms).padStart(3, '0')}+00`;
      expect((parseTime(text) as Date).getMilliseconds()).toBe(ms);
    }
  });
});
