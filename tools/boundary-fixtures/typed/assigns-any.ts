// breaks: @typescript-eslint/no-unsafe-assignment
// says: Unsafe assignment
export const read = (text: string): string => {
  const value: string = JSON.parse(text);
  return value;
};
