import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { kafka, programs } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { ConnectionLostError } from "sluice/client";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { OrderProgress } from "./contracts/place-order.js";
import { Customer } from "./shop.fixture.js";
import { ShopProcess } from "./shop-process.fixture.js";

let shop: ShopProcess;

const rowsOf = (file: string, sql: string) => {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  const rows = db
    .prepare(sql)
    .all()
    .map((row) => Object.values(row));
  db.close();
  return rows;
};

describeWith(kafka, "the shop over Kafka", () => {
  describeWith(programs.pythonWithCqrs, "with its mails in Python", () => {
    beforeAll(async () => {
      shop = await ShopProcess.start("--broker", "kafka", "--port", "0", "--pick", "50");
    }, 30_000);

    afterAll(() => shop.end());

    it("changes the stock once for each order, also when the inventory is killed in the midst", {
      timeout: 60_000,
    }, async () => {
      const customer = new Customer(await shop.url);
      const folder = await shop.says(/files in (\S+);/);
      const stock = (sql: string) => rowsOf(join(folder, "inventory.db"), sql);
      const teaAndRice = [
        { sku: "tea", quantity: 2 },
        { sku: "rice", quantity: 1 },
      ];
      const [few, more] = [40, 20];
      const orders = few + more;
      const placing = Array.from({ length: few }, () => customer.place(teaAndRice));
      await expect
        .poll(() => stock("select count(*) from movements")[0]?.[0], { interval: 5, timeout: 20_000 })
        .toBeGreaterThan(20);
      // Some orders are being taken from the shelves, others reserved.
      const isReserving = Promise.withResolvers<void>();
      const onStep = ({ step }: OrderProgress) => void (step === "reserved" && isReserving.resolve());
      for (let n = 0; n < more; n++) placing.push(customer.place(teaAndRice, randomUUID(), onStep));
      await isReserving.promise;
      process.kill(Number(await shop.says(/^inventory: +process (\d+)/)), "SIGKILL");

      const placed = await Promise.all(placing);
      expect(new Set(placed.map(({ steps }) => steps.map(({ step }) => step).join()))).toEqual(
        new Set(["received,reserved,reserved,placed,invoiced"]),
      );
      await shop.says(/^inventory: +ended with SIGKILL; it is started again/);
      await expect
        .poll(() => stock("select count(distinct order_id) from movements"), { timeout: 20_000 })
        .toEqual([[orders]]);
      // What comes twice has come before the last that comes once: each partition keeps its order.
      const { orderId } = await customer.place([{ sku: "salt", quantity: 1 }]);
      await customer.until((all) => all.some((order) => order.orderId === orderId && order.isMailed));
      await expect.poll(() => stock("select count(*) from holds"), { timeout: 20_000 }).toEqual([[0]]);
      expect(
        stock("select order_id, sku, count(*) from movements group by 1, 2 having count(*) <> 1"),
      ).toEqual([]);
      expect(stock("select sku, on_hand from products")).toEqual([
        ["tea", 1_000 - 2 * orders],
        ["rice", 1_000 - orders],
        ["salt", 499],
        ["saffron", 3],
      ]);
      expect(rowsOf(join(folder, "mail.db"), "select count(*), count(distinct order_id) from mails")).toEqual(
        [[orders + 1, orders + 1]],
      );
    });

    it("cancels an order in all services where there is not enough", { timeout: 20_000 }, async () => {
      const customer = new Customer(await shop.url);
      const { orderId, steps } = await customer.place([
        { sku: "salt", quantity: 1 },
        { sku: "saffron", quantity: 5 },
      ]);
      expect(steps.map(({ step }) => step)).toEqual(["received", "reserved", "refused", "cancelled"]);
      await shop.says(
        new RegExp(`mail: +Dear Ada, your order ${orderId} is (cancelled. Not enough Saffron)`),
      );
      await expect.poll(() => customer.left("salt"), { timeout: 10_000 }).toBe(499);
    });

    it("cancels what the orders service was at when it was killed", { timeout: 20_000 }, async () => {
      const customer = new Customer(await shop.url);
      const orderId = randomUUID();
      const pid = Number(await shop.says(/^orders: +process (\d+)/));
      const onStep = ({ step }: OrderProgress) => void (step === "reserved" && process.kill(pid, "SIGKILL"));
      const lines = [
        { sku: "salt", quantity: 1 },
        { sku: "saffron", quantity: 1 },
      ];
      await expect(customer.place(lines, orderId, onStep)).rejects.toThrow(ConnectionLostError);

      await vi.waitUntil(async () => (await shop.url) !== customer.url, { timeout: 10_000 });
      const again = new Customer(await shop.url);
      const orders = await again.until((all) =>
        all.some((each) => each.orderId === orderId && each.isMailed),
      );
      expect(orders.find((each) => each.orderId === orderId)).toMatchObject({
        status: "cancelled",
        reason: "The shop was interrupted.",
      });
      await expect.poll(() => again.left("salt"), { timeout: 10_000 }).toBe(499);
      expect(await again.left("saffron")).toBe(3);
    });

    it("leaves nothing behind on Ctrl-C", { timeout: 20_000 }, async () => {
      const folder = await shop.says(/files in (\S+);/);
      expect(await shop.end()).toBe(0);
      expect(existsSync(folder)).toBe(false);
    });
  });
});
