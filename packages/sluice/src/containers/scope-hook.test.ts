import { describe, expect, it } from "vitest";
import { rejection } from "../mediator/flow.fixture.js";
import { closeWithHook } from "./scope-hook.js";

const fail = (error: unknown) => () => Promise.reject(error);

describe("closeWithHook", () => {
  it("runs the hook with the scope and the error, then disposes", async () => {
    const log: unknown[] = [];
    const error = new Error("roll back");
    await closeWithHook(
      { onScopeClose: async (scope, cause) => log.push(scope, cause) },
      "scope",
      error,
      () => log.push("disposed"),
    );
    expect(log).toEqual(["scope", error, "disposed"]);
  });

  it("disposes when there is no hook", async () => {
    const log: unknown[] = [];
    await closeWithHook({}, "scope", undefined, () => log.push("disposed"));
    expect(log).toEqual(["disposed"]);
  });

  it("rejects with what failed, the hook or the disposal, and with both when both did", async () => {
    const [first, second] = [new Error("first"), new Error("second")];
    expect(await rejection(closeWithHook({ onScopeClose: fail(first) }, 1, undefined, () => {}))).toBe(first);
    expect(await rejection(closeWithHook({}, 1, undefined, fail(second)))).toBe(second);
    const both = closeWithHook({ onScopeClose: fail(first) }, 1, undefined, fail(second));
    expect((await rejection<AggregateError>(both)).errors).toEqual([first, second]);
  });
});
