import { expect, it } from "vitest";
import { RecordingLogger } from "./recording-logger.js";

it("keeps what it is told, in order, also when its methods are taken apart", () => {
  const logger = new RecordingLogger();
  const { debug, info, warn, error } = logger;
  for (const [index, tell] of [debug, info, warn, error].entries()) tell({ index }, `message ${index}`);
  expect(logger.records).toEqual([
    { level: "debug", details: { index: 0 }, message: "message 0" },
    { level: "info", details: { index: 1 }, message: "message 1" },
    { level: "warn", details: { index: 2 }, message: "message 2" },
    { level: "error", details: { index: 3 }, message: "message 3" },
  ]);
});
