import { describe, expect, it } from "vitest";
import { natsName, subjectProblem } from "./nats-names.js";

describe("natsName", () => {
  it("keeps what a stream's name may have, and maps the rest so that it can be read", () => {
    expect(natsName("shop.orders_v2-eu")).toBe("shop=orders_v2-eu");
    expect(natsName("orders/>")).toBe("orders%2F%3E");
    expect(natsName("Grüße")).toBe("Gr%C3%BC%C3%9Fe");
  });

  it("gives different texts different names", () => {
    const texts = ["a.b", "a=b", "a%3Db", "a_b", "a b", "a%20b", "a..b", "a.=b", "a=.b", "A.b", "a.b "];
    expect(new Set(texts.map(natsName)).size).toBe(texts.length);
    for (const text of texts) expect(natsName(text)).toMatch(/^[^\s.*>/\\]+$/);
  });
});

describe("subjectProblem", () => {
  it.each(["orders", "shop.orders", "Grüße.a-b_c"])("lets %s pass", (topic) => {
    expect(subjectProblem(topic)).toBeUndefined();
  });

  it.each([
    ["two words", /white space/],
    ["line\r\nPUB other 0", /white space/],
    ["a..b", /empty part/],
    [".a", /empty part/],
    ["a.*", /wildcard/],
    [">", /wildcard/],
    ["x".repeat(1_025), /longer than 1,024 bytes/],
    ["\ud800", /well-formed/],
  ])("refuses %j", (topic, problem) => {
    expect(subjectProblem(topic)).toMatch(problem);
  });
});
