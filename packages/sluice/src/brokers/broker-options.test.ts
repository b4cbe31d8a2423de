import { describe, expect, it } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { type BrokerOptions, brokerSettings } from "./broker-options.js";

describe("what every broker on a server may be told", () => {
  it("has a default for each", () => {
    const { wire, ...rest } = brokerSettings("TestBroker", {});
    expect(wire.name).toBe("CloudEvents 1.0");
    expect(rest).toMatchObject({ publishTimeoutMs: 30_000, maxPending: 10_000, idleTimeoutMs: 15_000 });
  });

  it.each<[keyof BrokerOptions, unknown]>([
    ["publishTimeoutMs", 0],
    ["publishTimeoutMs", Number.NaN],
    // A timer of so long would fire at once.
    ["publishTimeoutMs", 2 ** 31],
    ["maxPending", 0],
    ["maxPending", 1.5],
    ["idleTimeoutMs", 999],
    ["idleTimeoutMs", 600_001],
    ["wire", {}],
    ["wire", null],
  ])("is refused where %s is %j", (option, given) => {
    const refused = () => brokerSettings("TestBroker", { [option]: given } as BrokerOptions);
    expect(refused).toThrow(InvalidOptionError);
    expect(refused).toThrow(`TestBroker ${option} is `);
  });
});
