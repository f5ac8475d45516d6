// breaks: @typescript-eslint/no-floating-promises
// says: Promises must be awaited
const send = (): Promise<void> => Promise.resolve();

export function go() {
  send();
}
