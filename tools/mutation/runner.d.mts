export interface SpecRunnerOptions {
  readonly specRunner: {
    readonly specs: string;
    readonly aliases: Readonly<Record<string, string>>;
    readonly without?: readonly string[];
  };
}
export interface MutantRun {
  readonly activeMutant: { readonly id: string };
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
  readonly disableBail?: boolean;
}
export interface SpecRunner {
  readonly dryRun: () => Promise<{
    readonly status: string;
    readonly tests: readonly { readonly id: string; readonly name: string; readonly status: 0 | 1 }[];
    readonly mutantCoverage: {
      readonly static: Readonly<Record<string, number>>;
      readonly perTest: Readonly<Record<string, Readonly<Record<string, number>>>>;
    };
  }>;
  readonly mutantRun: (run: MutantRun) => Promise<{
    readonly status: 'killed' | 'survived' | 'timeout' | 'error';
    readonly killedBy?: readonly string[];
    readonly nrOfTests?: number;
  }>;
}
/** `root`: folder that `specRunner.specs` and `aliases` are below; the working directory unless told. */
export function createRunner(options: SpecRunnerOptions, root?: string): SpecRunner;
