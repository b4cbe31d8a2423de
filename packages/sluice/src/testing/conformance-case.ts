/**
 * One case of a conformance suite, for any test runner: `for (const { name, run } of cases) test(name, run)`. `run`
 * rejects when what is tested does not conform.
 */
export interface ConformanceCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}
