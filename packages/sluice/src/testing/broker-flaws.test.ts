import { describe, expect, it, vi } from "vitest";
import type { BrokerConformanceOptions } from "./broker-conformance-options.js";
import { carryingFlaws } from "./carrying-flaws.fixture.js";
import { closingFlaws } from "./closing-flaws.fixture.js";
import { deliveryFlaws, hastyFlaw } from "./delivery-flaws.fixture.js";
import { failuresOf, titles } from "./flawed-brokers.fixture.js";
import { groupFlaws } from "./group-flaws.fixture.js";
import { orderFlaws } from "./order-flaws.fixture.js";
import { restartFlaws } from "./restart-flaws.fixture.js";

// A broker with a flaw is mostly waited for.
vi.setConfig({ maxConcurrency: 20 });

async function expectFound(
  found: RegExp,
  only: boolean,
  options: Pick<BrokerConformanceOptions, "create" | "restart">,
): Promise<void> {
  const expected = [...titles(found)].sort();
  const failed = await failuresOf(found, only, options);
  expect(expected).not.toEqual([]);
  expect([...failed].sort()).toEqual(expected);
}

describe("brokerConformance finds a broker that", () => {
  const flaws = [...carryingFlaws, ...deliveryFlaws, ...orderFlaws, ...groupFlaws, ...closingFlaws];
  it("fails each case", () => {
    const found = [...flaws, hastyFlaw, ...restartFlaws].map(([, , by]) => by);
    expect(titles(/./).filter((title) => !found.some((by) => by.test(title)))).toEqual([]);
  });
  const [hasty, Hasty, found] = hastyFlaw;
  it(hasty, () => expectFound(found, true, { create: () => new Hasty() }));
  for (const [what, Broker, found, andMore] of flaws) {
    const create = () => new Broker();
    it.concurrent(what, () => expectFound(found, andMore !== undefined, { create }), 90_000);
  }
  for (const [what, under, found] of restartFlaws) {
    it.concurrent(what, () => expectFound(found, true, under()), 90_000);
  }
});
