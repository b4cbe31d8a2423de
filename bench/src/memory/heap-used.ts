/** What is alive, in bytes, in the heap and beside it. */
export function heapUsed(): number {
  // The second collection takes what the first one's finalizers let go of.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
