const refuse = (): never => {
  throw new TypeError('an input of decide was changed');
};

/** Freezes a value through and through; Maps and Sets too, which Object.freeze leaves open. */
export function deepFreeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  if (value instanceof Map || value instanceof Set) {
    for (const change of ['set', 'add', 'delete', 'clear'])
      if (change in value) Object.defineProperty(value, change, { value: refuse });
    for (const entry of value.entries()) entry.forEach(deepFreeze);
  }
  Object.freeze(value);
  Object.values(value).forEach(deepFreeze);
  return value;
}
