import { describe, expect, it } from "vitest";
import { fallback } from "../index.js";
import { rejection } from "../mediator/flow.fixture.js";
import { CountingBreaker } from "./counting-breaker.fixture.js";
import { answers, asking, fails, NotFoundError, price } from "./fallback.fixture.js";

describe("a breaker (R5)", () => {
  it("guards the primary: it counts its failures and successes, never the fallback's (R5)", async () => {
    const breaker = new CountingBreaker();
    let broken = true;
    const { ask } = asking(
      fallback(() => (broken ? fails(new Error("x"))() : price), answers, { circuitBreaker: breaker }),
    );
    await ask();
    broken = false;
    await ask();
    expect(breaker.outcomes).toEqual(["failure", "success"]);
  });

  it("sends every request to the fallback at once while it is open, whatever the named exceptions (R5)", async () => {
    const breaker = new CountingBreaker(2);
    let runs = 0;
    const { ask, container } = asking(
      fallback(
        () => {
          runs++;
          throw new NotFoundError();
        },
        answers,
        { circuitBreaker: breaker, failureExceptions: [NotFoundError] },
      ),
    );
    for (let n = 0; n < 5; n++) expect(await ask()).toBe(price);
    expect(runs).toBe(2);
    expect(breaker.outcomes).toEqual(["failure", "failure", "refused", "refused", "refused"]);
    expect(container.units).toEqual([]);
  });

  it("takes an AbortError for no failure of the primary (R5)", async () => {
    const breaker = new CountingBreaker();
    const error = new DOMException("stop", "AbortError");
    const { ask } = asking(fallback(fails(error), answers, { circuitBreaker: breaker }));
    expect(await rejection(ask())).toBe(error);
    expect(breaker.outcomes).toEqual(["success"]);
  });

  it("counts a failure that is not among the named exceptions, which goes to the caller (R5)", async () => {
    const breaker = new CountingBreaker();
    const error = new TypeError("a bug");
    const options = { circuitBreaker: breaker, failureExceptions: [NotFoundError] };
    expect(await rejection(asking(fallback(fails(error), answers, options)).ask())).toBe(error);
    expect(breaker.outcomes).toEqual(["failure"]);
  });
});
