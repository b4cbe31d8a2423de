import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Many files wait for browsers and processes, so one more than vitest's own "all cores but one".
    maxWorkers: availableParallelism(),
    include: ["{packages,examples}/*/{src,test}/**/*.test.ts", "{bench,docs}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    typecheck: {
      enabled: true,
      include: ["{packages,examples}/*/{src,test}/**/*.test-d.ts"],
      tsconfig: "packages/sluice/tsconfig.test.json",
    },
  },
});
