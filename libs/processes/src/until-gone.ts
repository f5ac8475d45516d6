const LOOK_EVERY_MS = 500;

/** Resolves when a process that is not our child has ended: looked at twice a second. Keeps nobody alive. */
export const untilGone = (isRunning: () => boolean): Promise<'gone'> =>
  new Promise(resolve => {
    const timer = setInterval(() => {
      if (isRunning()) return;
      clearInterval(timer);
      resolve('gone');
    }, LOOK_EVERY_MS);
    timer.unref();
  });
