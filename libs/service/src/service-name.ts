/** The five processes of the suite, and the one that hosts them all. */
export const SERVICE_NAMES = ['command', 'projection', 'query', 'scheduler', 'worker', 'standalone'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];
