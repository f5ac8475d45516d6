/** `0.4 s`, `12 s`, `3 min 20 s`, `5 h 2 min`, `3 d 4 h`: two units at most. */
export function age(seconds: number): string {
  if (seconds < 0) return '0.0 s';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (large: number, unit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
  if (whole < 3_600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return two(Math.floor(whole / 3_600), 'h', Math.floor((whole % 3_600) / 60), 'min');
  return two(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3_600), 'h');
}

/** `2026-01-02 03:04:05+00:00`: as upstream's tool prints times. */
export const moment = (rfc3339: string | null): string | null =>
  rfc3339 === null ? null : `${new Date(rfc3339).toISOString().slice(0, 19).replace('T', ' ')}+00:00`;

export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
