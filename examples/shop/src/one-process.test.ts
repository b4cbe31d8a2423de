import { RemoteError } from "sluice/client";
import { describe, expect, it } from "vitest";
import { PlaceOrder } from "./contracts/place-order.js";
import { openShop } from "./shop.fixture.js";

describe("the shop in one process", () => {
  it("streams an order from one service through another, and its event reaches all", async () => {
    await using shop = await openShop();
    const { customer } = shop;
    const { orderId, steps } = await customer.place([
      { sku: "tea", quantity: 2 },
      { sku: "saffron", quantity: 1 },
    ]);

    expect(steps).toEqual([
      { step: "received" },
      { step: "reserved", name: "Green tea, 100 g", quantity: 2, left: 998 },
      { step: "reserved", name: "Saffron, 1 g", quantity: 1, left: 2 },
      { step: "placed" },
      { step: "invoiced", invoice: 1, total: 2270 },
    ]);
    const [order] = await customer.until(([first]) => first?.isMailed === true);
    expect(order).toMatchObject({ orderId, status: "placed", invoice: 1, total: 2270 });
    expect(shop.lines).toEqual([`mail:      Dear Ada, your order ${orderId} is on its way.`]);
    expect(await customer.left("tea")).toBe(998);
  });

  it("cancels an order that there is not enough for, and frees what it held", async () => {
    await using shop = await openShop();
    const { customer } = shop;
    const { orderId, steps } = await customer.place([
      { sku: "tea", quantity: 2 },
      { sku: "saffron", quantity: 4 },
      { sku: "rice", quantity: 1 },
    ]);

    expect(steps.slice(2)).toEqual([
      { step: "refused", name: "Saffron, 1 g", quantity: 4, left: 3 },
      { step: "cancelled", reason: "Not enough Saffron, 1 g: 3 left." },
    ]);
    const [order] = await customer.until(([first]) => first?.isMailed === true);
    expect(order).toMatchObject({ orderId, status: "cancelled", invoice: null, total: null });
    await expect.poll(() => customer.left("tea"), { timeout: 10_000 }).toBe(1_000);
  });

  it("cancels an order whose customer leaves in the midst, and stops the inventory", async () => {
    await using shop = await openShop({ pickMs: 60_000 });
    const { customer } = shop;
    const lines = [{ sku: "tea", quantity: 2 }];
    const order = new PlaceOrder({ orderId: crypto.randomUUID(), customer: "Ada", lines });
    for await (const { step } of customer.client.stream(order)) if (step === "received") break;

    const [left] = await customer.until(([first]) => first?.isMailed === true);
    expect(left).toMatchObject({ status: "cancelled", reason: "It was not finished." });
    expect(await customer.left("tea")).toBe(1_000);
  });

  it("never sells more than there is, however many ask at once", async () => {
    await using shop = await openShop();
    const { customer } = shop;
    const all = await Promise.all(
      Array.from({ length: 10 }, () => customer.place([{ sku: "saffron", quantity: 1 }])),
    );

    expect(all.filter(({ steps }) => steps.at(-1)?.step === "invoiced")).toHaveLength(3);
    expect(all.filter(({ steps }) => steps.at(-1)?.step === "cancelled")).toHaveLength(7);
    await customer.until((orders) => orders.every(({ isMailed }) => isMailed));
    expect(await customer.left("saffron")).toBe(0);
  });

  it("refuses what is no order, and an order that it knows", async () => {
    await using shop = await openShop();
    const { customer, url } = shop;
    const { orderId } = await customer.place([{ sku: "tea", quantity: 1 }]);

    const again = await customer.place([{ sku: "tea", quantity: 1 }], orderId).catch((error) => error);
    expect(again).toBeInstanceOf(RemoteError);
    expect(again.problem).toMatchObject({ status: 409, code: "ORDER_KNOWN" });
    const response = await fetch(new URL("/api/PlaceOrder", url), {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/x-ndjson" },
      body: JSON.stringify({ orderId, customer: " ", lines: [{ sku: "tea", quantity: 0 }] }),
    });
    expect(response.status).toBe(422);
  });
});
