import { describe, expect, it } from "vitest";
import { RecordingLogger, rejection } from "../mediator/flow.fixture.js";
import { Query } from "../messages/query.js";
import { CheckedIterator } from "./checked-iterator.js";
import { logging } from "./logging.js";
import { PassingIterator } from "./passing-iterator.js";

class Ask extends Query<unknown> {}

const boom = new Error("boom");

/** An iterable over an iterator that somebody wrote by hand. */
const over = (iterator: AsyncIterator<unknown>): AsyncIterable<unknown> => ({
  [Symbol.asyncIterator]: () => iterator,
});

const next = async () => ({ done: false, value: 1 });

describe("PassingIterator around an iterator that lacks a method", () => {
  it("answers return() itself", async () => {
    expect(await new PassingIterator(over({ next })).return("left")).toEqual({ done: true, value: "left" });
  });

  it("ends it where throw() cannot reach it, and rejects with the error", async () => {
    let returned = 0;
    const source = {
      next,
      return: async () => {
        returned++;
        return { done: true as const, value: undefined };
      },
    };
    expect(await rejection(new PassingIterator(over(source)).throw(boom))).toBe(boom);
    expect(returned).toBe(1);
    expect(await rejection(new PassingIterator(over({ next })).throw(boom))).toBe(boom);
  });
});

describe("the middlewares' iterators in the hands of another middleware", () => {
  it("log one end, even when return() fails after a failure", async () => {
    const logger = new RecordingLogger();
    const fail = () => Promise.reject(boom);
    const context = {
      handlerName: "Handler",
      logger,
      metadata: { correlationId: "c" },
      signal: { aborted: false },
    };
    const stream = logging().stream(new Ask(), () => over({ next: fail, return: fail }), context as never);
    const iterator = stream[Symbol.asyncIterator]();
    await rejection(iterator.next());
    await rejection(iterator.return?.() as Promise<unknown>);
    expect(logger.lines).toEqual(["info: Ask at Handler started.", "error: Ask at Handler failed."]);
  });

  it("open nothing after return(), when a check passes late", async () => {
    const check = Promise.withResolvers<void>();
    let opened = 0;
    const iterator = new CheckedIterator(check.promise, () => {
      opened++;
      return over({ next });
    });
    const pending = iterator.next();
    await iterator.return();
    check.resolve();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(opened).toBe(0);
  });
});
