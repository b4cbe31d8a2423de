import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,examples}/*/{src,test}/**/*.test.ts", "{bench,docs}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    typecheck: {
      enabled: true,
      include: ["{packages,examples}/*/{src,test}/**/*.test-d.ts"],
      tsconfig: "packages/sluice/tsconfig.test.json",
    },
  },
});
