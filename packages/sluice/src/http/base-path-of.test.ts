import { expect, it } from "vitest";
import { basePathOf } from "./base-path-of.js";

it.each([
  ["/*", "/GetUser", "/"],
  ["/api/*", "/api/GetUser", "/api/"],
  ["/api/*", "/api/", "/api/"],
  ["/:tenant/api/*", "/t1/api/GetUser", "/t1/api/"],
  ["/:tenant/api/*", "/t1/api/a/b", "/t1/api/"],
  ["/v1/api/{*name}", "/v1/api/GetUser", "/v1/api/"],
  ["/api/*name", "/api/GetUser", "/api/"],
])("under %s, %s begins with %s", (pattern, path, base) => {
  expect(basePathOf(pattern, path)).toBe(base);
});
