/** The boot stops here. Lists every fault at once, so that one more start shows no further one. */
export class ConfigurationError extends Error {
  readonly code = 'CONFIGURATION_INVALID' as const;
  constructor(readonly faults: readonly string[]) {
    super(`the configuration is wrong: ${faults.join('; ')}`);
    this.name = 'ConfigurationError';
  }
}
