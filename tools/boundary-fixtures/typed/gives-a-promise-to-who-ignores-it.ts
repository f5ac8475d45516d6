// breaks: @typescript-eslint/no-misused-promises
// says: Promise returned
const send = (): Promise<void> => Promise.resolve();

export const go = () => [1].forEach(async () => send());
