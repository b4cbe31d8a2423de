import { expect, test } from "vitest";
import { inTurn, orderOf } from "./turns.js";

const ordersOf = (sides: string, rounds: number) =>
  Array.from({ length: rounds }, (_, round) => orderOf([...sides], round).join(""));

test("of two sides each is as often the first as the other", () => {
  expect(ordersOf("ab", 4)).toEqual(["ab", "ba", "ba", "ab"]);
});

test("three sides come in each order once", () => {
  expect(new Set(ordersOf("abc", 6)).size).toBe(6);
});

test("what a side gives stands in the place of its round", async () => {
  let calls = 0;
  const count = () => calls++;
  expect(await inTurn(2, { a: count, b: count })).toEqual({ a: [0, 3], b: [1, 2] });
});
