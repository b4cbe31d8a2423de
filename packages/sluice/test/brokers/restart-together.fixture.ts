import type { RunningServer } from "@sluice-internal/services";

/** Kills a server and starts it again once for so many tests that run at the same moment, when all have asked for it. */
export function restartTogether(tests: number, server: () => RunningServer): () => Promise<void> {
  const done = Promise.withResolvers<void>();
  const restart = async () => {
    await server().kill();
    await server().restart();
  };
  let missing = tests;
  return () => {
    if (--missing === 0) restart().then(done.resolve, done.reject);
    return done.promise;
  };
}
