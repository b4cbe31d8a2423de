import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { kafka, programs } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { OrderProgress } from "./contracts/place-order.js";
import { Customer } from "./shop.fixture.js";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const lines: string[] = [];
let shop: ChildProcess;

/** What a line says that the shop has said or will say. */
const said = async (pattern: RegExp): Promise<string> => {
  await vi.waitUntil(() => lines.some((line) => pattern.test(line)), { timeout: 20_000, interval: 20 });
  return lines.flatMap((line) => pattern.exec(line)?.[1] ?? []).at(-1) ?? "";
};

const rowsOf = (file: string, sql: string) => {
  const db = new DatabaseSync(file, { readOnly: true });
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
      shop = spawn(process.execPath, [main, "--broker", "kafka", "--port", "0", "--pick", "50"]);
      for (const output of [shop.stdout, shop.stderr]) {
        if (output !== null) createInterface(output).on("line", (line) => lines.push(line));
      }
      await said(/Ctrl-C ends it/);
    }, 30_000);

    afterAll(() => void shop.kill("SIGKILL"));

    it("changes the stock once for each order, also when the inventory is killed in the midst", {
      timeout: 60_000,
    }, async () => {
      const customer = new Customer(await said(/^orders: +(http:\S+)/));
      const folder = await said(/files in (\S+);/);
      const stock = (sql: string) => rowsOf(join(folder, "inventory.db"), sql);
      const teaAndRice = [
        { sku: "tea", quantity: 2 },
        { sku: "rice", quantity: 1 },
      ];
      const [few, more] = [40, 20];
      const orders = few + more;
      const placing = Array.from({ length: few }, () => customer.place(teaAndRice));
      await expect
        .poll(() => stock("select count(*) from movements")[0]?.[0], { interval: 5 })
        .toBeGreaterThan(20);
      // Some orders are being taken from the shelves, others reserved.
      const isReserving = Promise.withResolvers<void>();
      const onStep = ({ step }: OrderProgress) => void (step === "reserved" && isReserving.resolve());
      for (let n = 0; n < more; n++) placing.push(customer.place(teaAndRice, randomUUID(), onStep));
      await isReserving.promise;
      process.kill(Number(await said(/^inventory: +process (\d+)/)), "SIGKILL");

      const placed = await Promise.all(placing);
      expect(new Set(placed.map(({ steps }) => steps.map(({ step }) => step).join()))).toEqual(
        new Set(["received,reserved,reserved,placed,invoiced"]),
      );
      await said(/^inventory: +ended with SIGKILL; it is started again/);
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
      const customer = new Customer(await said(/^orders: +(http:\S+)/));
      const { orderId, steps } = await customer.place([
        { sku: "salt", quantity: 1 },
        { sku: "saffron", quantity: 5 },
      ]);
      expect(steps.map(({ step }) => step)).toEqual(["received", "reserved", "refused", "cancelled"]);
      await said(new RegExp(`mail: +Dear Ada, your order ${orderId} is (cancelled. Not enough Saffron)`));
      await expect.poll(() => customer.left("salt")).toBe(499);
    });

    it("leaves nothing behind on Ctrl-C", { timeout: 20_000 }, async () => {
      const folder = await said(/files in (\S+);/);
      shop.kill("SIGINT");
      const [code] = await once(shop, "exit");
      expect(code).toBe(0);
      expect(existsSync(folder)).toBe(false);
    });
  });
});
