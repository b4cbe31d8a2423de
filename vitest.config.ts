import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { MissingReporter } from "./scripts/missing-reporter.js";
import { ProcessesFirst } from "./scripts/processes-first.js";

const core =
  "packages/sluice/src/{brokers,errors,events,handlers,inbox,mediator,messages,middleware,outbox,queue,requests}/**/*.test.ts";
const onServers = "packages/sluice/test/{integration/**/*,cli/engines}.test.ts";

export default defineConfig({
  test: {
    // Many files wait for browsers and processes, so one more than vitest's own "all cores but one".
    maxWorkers: availableParallelism(),
    sequence: { sequencer: ProcessesFirst },
    reporters: ["default", new MissingReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: "servers",
          include: [onServers],
          globalSetup: "packages/sluice/test/servers/start-servers.ts",
        },
      },
      {
        extends: true,
        test: {
          name: "core",
          include: [core],
          // Nothing outside of a test is changed there, and a process for each file would take longer than its tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "others",
          include: ["{packages,examples}/*/{src,test}/**/*.test.ts", "{bench,docs,services}/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/dist/**", core, onServers],
          typecheck: {
            enabled: true,
            include: ["{packages,examples}/*/{src,test}/**/*.test-d.ts"],
            tsconfig: "packages/sluice/tsconfig.test.json",
          },
        },
      },
    ],
  },
});
