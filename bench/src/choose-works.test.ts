import { expect, test } from "vitest";
import { chooseWorks } from "./choose-works.js";

const worksOf = { core: ["send", "stream"], size: [], outbox: ["add", "idle"] };

test("without names everything is chosen, parts without works among them", () => {
  expect(chooseWorks(worksOf, [], [])).toEqual([
    { part: "core", works: ["send", "stream"] },
    { part: "size", works: [] },
    { part: "outbox", works: ["add", "idle"] },
  ]);
});

test("a work chooses its part, and no other", () => {
  expect(chooseWorks(worksOf, [], ["idle"])).toEqual([{ part: "outbox", works: ["idle"] }]);
});

test("works are measured in the order of their part", () => {
  expect(chooseWorks(worksOf, ["outbox"], ["idle", "add"])).toEqual([
    { part: "outbox", works: ["add", "idle"] },
  ]);
});

test("a work that the named part has not is an error that says which there are", () => {
  expect(() => chooseWorks(worksOf, ["outbox"], ["send"])).toThrow(
    'There is no work "send" in outbox; there are: add, idle.',
  );
});
