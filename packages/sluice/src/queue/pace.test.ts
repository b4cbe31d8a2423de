import { describe, expect, it } from "vitest";
import { Pace } from "./pace.js";

describe("Pace", () => {
  it.each([
    ["nothing is known yet", undefined, false],
    ["the broker takes a tenth of the time of the database", [1, 10], true],
    ["the broker takes nearly as long as the database", [6, 10], false],
    ["the broker is slower", [10, 1], false],
    ["nothing is written down, as when a handler's transaction marks its row", [0, 0], false],
  ] as const)("where %s: %j", (_, times, isDeliveryQuick) => {
    const pace = new Pace();
    if (times) pace.note(times[0], times[1]);
    expect(pace.isDeliveryQuick).toBe(isDeliveryQuick);
  });

  it("goes by the last batch alone, so that a broker that has become slow gets its lanes at once", () => {
    const pace = new Pace();
    pace.note(1, 10);
    pace.note(30, 10);
    expect(pace.isDeliveryQuick).toBe(false);
  });
});
