import { describe, expect, it } from "vitest";
import { fieldOf, fieldPath } from "./field-path.js";

describe("fieldPath", () => {
  it("writes a way as code would", () => {
    expect(fieldPath(["payload", "items", 2, "price"])).toBe("payload.items[2].price");
    expect(fieldPath([0, "größe"])).toBe("[0].größe");
    expect(fieldPath([])).toBe("");
  });

  it("quotes what is no name, so that two ways never look the same", () => {
    expect(fieldPath(["a.b"])).toBe('["a.b"]');
    expect(fieldPath(["a", "2", "", Symbol("s")])).toBe('a["2"][""][Symbol(s)]');
  });
});

describe("fieldOf", () => {
  it("leads with the name of the class", () => {
    expect(fieldOf("Order", "items[2]")).toBe("Order.items[2]");
    expect(fieldOf("Order", '["a b"]')).toBe('Order["a b"]');
    expect(fieldOf("Order", "")).toBe("Order");
  });
});
