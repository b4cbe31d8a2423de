/**
 * One case of a conformance suite, for any test runner: `for (const { name, run } of cases) test(name, run)`. `run`
 * rejects when what is tested does not conform.
 */
export interface ConformanceCase {
  readonly name: string;
  /**
   * A case that is not for what is tested, which only it can tell, says so through `skip` of what the runner passes, as
   * those of Node and Vitest do; under others it ends well.
   */
  readonly run: (test?: SkippableTest) => Promise<void>;
}

export interface SkippableTest {
  skip(why?: string): unknown;
}
