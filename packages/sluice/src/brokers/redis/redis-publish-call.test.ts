import { describe, expect, it, vi } from "vitest";
import { MessageRefusedError, PublishFailedError } from "../publish-errors.js";
import { unavailable } from "./redis-errors.js";
import { type Outgoing, RedisPublishCall } from "./redis-publish-call.js";

const outgoing = (id: string, key?: string, topic = "t"): Outgoing => ({
  id,
  topic,
  key,
  entry: [],
});
const never = new AbortController().signal;
const failuresOf = async (call: RedisPublishCall) =>
  ((await call.result.catch((error: unknown) => error)) as PublishFailedError).failures;

describe("a call of publish", () => {
  it("resolves when all have arrived", async () => {
    const call = new RedisPublishCall([outgoing("a"), outgoing("b")]);
    call.arrive();
    await expect(call.result).resolves.toBeUndefined();
  });

  it("names what failed when the others have arrived", async () => {
    const [a, b] = [outgoing("a"), outgoing("b")];
    const call = new RedisPublishCall([a, b]);
    const error = new Error("refused");
    call.fail(a, error);
    expect(call.open).toEqual([b]);
    call.arrive();
    expect([...(await failuresOf(call))]).toEqual([["a", error]]);
  });

  it("does not send what is behind one that failed, of its key and topic only", async () => {
    const all = [
      outgoing("0", "k"),
      outgoing("1", "k"),
      outgoing("2", "k"),
      outgoing("3", "l"),
      outgoing("4", "k", "u"),
    ];
    const call = new RedisPublishCall(all);
    call.fail(all[1] as Outgoing, new MessageRefusedError("1", "too large"));
    expect(call.open.map(({ id }) => id)).toEqual(["0", "3", "4"]);
    call.arrive();
    const failures = await failuresOf(call);
    expect([...failures.keys()]).toEqual(["1", "2"]);
    expect(failures.get("2")).toBeInstanceOf(PublishFailedError);
  });

  it("says it plainly of one message, and where no message is at fault", async () => {
    const alone = new RedisPublishCall([outgoing("a")]);
    const error = new MessageRefusedError("a", "too large");
    alone.fail(alone.open[0] as Outgoing, error);
    await expect(alone.result).rejects.toBe(error);

    const both = new RedisPublishCall([outgoing("a"), outgoing("b")]);
    const down = unavailable("topic t", new Error("gone"));
    for (const each of both.open) both.fail(each, down);
    await expect(both.result).rejects.toBe(down);
  });

  it("is over when it is late or aborted, and what comes later changes nothing", async () => {
    vi.useFakeTimers();
    const onEnd = vi.fn();
    const late = new RedisPublishCall([outgoing("a")]);
    late.onEnd(onEnd);
    late.limit(1_000, () => new Error("late"), never);
    vi.advanceTimersByTime(1_000);
    await expect(late.result).rejects.toThrow("late");
    late.arrive();
    expect(onEnd).toHaveBeenCalledOnce();
    expect(late.open).toEqual([]);

    const aborting = new AbortController();
    const aborted = new RedisPublishCall([outgoing("a")]);
    aborted.limit(1_000, () => new Error("late"), aborting.signal);
    aborting.abort(new Error("nobody waits"));
    await expect(aborted.result).rejects.toThrow("nobody waits");
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});
