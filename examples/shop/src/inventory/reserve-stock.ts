import { setTimeout } from "node:timers/promises";
import type { HandlerContext } from "sluice";
import type { ReservedLine, ReserveStock } from "../contracts/inventory-requests.js";
import type { Database } from "../database.js";
import type { Stock } from "./stock.js";

/** Holds stock line by line. Each line is committed before it is told, so what was told is held, whoever dies then. */
export function reserveStock(db: Database, stock: Stock, pickMs: number) {
  return async function* (
    { orderId, lines }: ReserveStock,
    { signal }: HandlerContext,
  ): AsyncGenerator<ReservedLine> {
    for (const line of lines) {
      await setTimeout(pickMs, undefined, { signal });
      const reserved = await db.transaction(() => stock.hold(orderId, line));
      yield reserved;
      if (!reserved.isHeld) return;
    }
  };
}
