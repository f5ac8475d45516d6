/** The child's end of `startChild`. The process ends when its parent lets go of it. */
export function answerParent<Request, Response>(carryOut: (request: Request) => Promise<Response>): void {
  process.on('message', message => {
    carryOut(message as Request).then(
      result => process.send?.({ result }),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
