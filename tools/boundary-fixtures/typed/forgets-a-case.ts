// breaks: @typescript-eslint/switch-exhaustiveness-check
// says: not exhaustive
export function shown(status: 'up' | 'down'): string {
  switch (status) {
    case 'up':
      return 'up';
  }
  return 'none';
}
