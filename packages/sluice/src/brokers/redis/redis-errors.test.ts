import { describe, expect, it } from "vitest";
import { isFinal, isPassing, redisCodeOf, unavailable } from "./redis-errors.js";

const reply = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });
const system = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

describe("an error of Redis", () => {
  it("is known by its first word, and by none where it is the connection's", () => {
    expect(redisCodeOf(reply("WRONGTYPE Operation against a key"))).toBe("WRONGTYPE");
    expect(redisCodeOf(reply("value is not an integer"))).toBe("ERR");
    expect(redisCodeOf(system("ECONNREFUSED"))).toBeUndefined();
    expect(redisCodeOf("text")).toBeUndefined();
  });

  it.each(["LOADING Redis is loading", "READONLY You can't write", "MASTERDOWN Link is down"])(
    "passes: %s",
    (message) => expect(isPassing(reply(message))).toBe(true),
  );

  it.each(["OOM command not allowed", "WRONGTYPE Operation", "NOPERM this user", "ERR unknown command"])(
    "does not pass by itself: %s",
    (message) => expect(isPassing(reply(message))).toBe(false),
  );

  it("passes where the connection broke", () => {
    expect(isPassing(system("ECONNRESET"))).toBe(true);
  });

  it.each([
    reply("WRONGPASS invalid username-password pair"),
    reply("NOAUTH Authentication required."),
    system("ERR_SSL_WRONG_VERSION_NUMBER"),
    system("DEPTH_ZERO_SELF_SIGNED_CERT"),
    system("ERR_TLS_CERT_ALTNAME_INVALID"),
  ])("is not mended by another try to connect: %s", (error) => expect(isFinal(error)).toBe(true));

  it.each([system("ECONNREFUSED"), system("ETIMEDOUT"), reply("LOADING Redis is loading"), undefined])(
    "may be mended by another try to connect: %s",
    (error) => expect(isFinal(error)).toBe(false),
  );

  it("is told with what to do, and kept", () => {
    const cause = reply("OOM command not allowed when used memory > 'maxmemory'.");
    expect(unavailable("topic orders", cause)).toMatchObject({
      code: "SLUICE_BROKER_UNAVAILABLE",
      message: expect.stringMatching(/: topic orders: OOM .*maxmemory'\. Its maxmemory is reached: /),
      cause,
    });
    expect(unavailable("there was no answer", undefined).message).toMatch(/: there was no answer$/);
  });
});
