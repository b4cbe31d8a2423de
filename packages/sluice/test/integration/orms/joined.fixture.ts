import type { Installed } from "@sluice-internal/services";
import { describeWith } from "@sluice-internal/services/testing";
import { Command, NotificationEvent } from "sluice";
import type { Inbox } from "sluice/inbox";
import { MessageRegistry } from "sluice/messages";
import type { Outbox } from "sluice/outbox";
import { afterAll, beforeAll, expect, it } from "vitest";

export class OrderPlaced extends NotificationEvent<{ orderId: string }> {
  constructor(orderId: string) {
    super({ eventName: "order.placed", topic: "orders", key: orderId, payload: { orderId } });
  }
}

class Reserve extends Command {
  constructor(readonly orderId: string) {
    super();
  }
}

export const registry = new MessageRegistry()
  .register("order.placed", OrderPlaced)
  .register("stock.reserve", Reserve);

/** A library with its stores, on a database with a table `orders (id)`. */
export interface Joined<Tx> {
  readonly outbox: Outbox<Tx>;
  readonly inbox: Inbox<Tx>;
  /** Commits when the work is done, rolls back when it throws. */
  transaction(work: (tx: Tx) => Promise<void>): Promise<unknown>;
  /** The same inside one, by a savepoint. */
  nested(tx: Tx, work: (tx: Tx) => Promise<void>): Promise<unknown>;
  insertOrder(tx: Tx, id: string): Promise<unknown>;
  orders(): Promise<readonly string[]>;
  /** What somebody may take for a transaction. */
  readonly wrong: Readonly<Record<string, unknown>>;
  close(): Promise<unknown>;
}

/** The tests that each library has to pass on each engine. */
export function joinsTransactions<Tx>(
  name: string,
  create: () => Promise<Joined<Tx>>,
  { needs, knowsWhenOver = true }: { needs?: Installed; knowsWhenOver?: boolean } = {},
): void {
  describeWith(needs, name, () => {
    let bed: Joined<Tx>;

    beforeAll(async () => {
      bed = await create();
    });

    afterAll(() => bed?.close());

    const place = async (tx: Tx, id: string) => {
      await bed.insertOrder(tx, id);
      await bed.outbox.add(new OrderPlaced(id), tx);
    };

    /** Which of these ids have a row, and which an event. */
    const found = async (...ids: readonly string[]) => {
      const [orders, rows] = [
        await bed.orders(),
        await bed.outbox.queue.desk.list({ state: "pending", limit: 100 }),
      ];
      return {
        orders: ids.filter((id) => orders.includes(id)),
        events: rows.map(({ key }) => key).filter((key) => key !== undefined && ids.includes(key)),
        bodies: rows
          .filter(({ key }) => key !== undefined && ids.includes(key))
          .map(({ body }) => JSON.parse(new TextDecoder().decode(body)).orderId),
      };
    };

    it("commits an event with the row that it tells of (O1)", async () => {
      await bed.transaction((tx) => place(tx, "ö-1'?$1"));
      expect(await found("ö-1'?$1")).toEqual({
        orders: ["ö-1'?$1"],
        events: ["ö-1'?$1"],
        bodies: ["ö-1'?$1"],
      });
    });

    it("rolls an event back with its row (O1)", async () => {
      const failing = bed.transaction(async (tx) => {
        await place(tx, "back-1");
        throw new Error("no stock");
      });
      await expect(failing).rejects.toThrow("no stock");
      expect(await found("back-1")).toEqual({ orders: [], events: [], bodies: [] });
    });

    it("rolls back the event of a savepoint alone (O1)", async () => {
      await bed.transaction(async (tx) => {
        await place(tx, "outer-1");
        const inner = bed.nested(tx, async (savepoint) => {
          await place(savepoint, "inner-1");
          throw new Error("not this one");
        });
        await expect(inner).rejects.toThrow("not this one");
      });
      expect(await found("outer-1", "inner-1")).toMatchObject({ orders: ["outer-1"], events: ["outer-1"] });
    });

    it("writes several events at once, or none, and answers with a promise (O1)", async () => {
      await bed.transaction(async (tx) => {
        await bed.outbox.add([new OrderPlaced("many-1"), new OrderPlaced("many-2")], tx);
        const none = bed.outbox.add([], tx);
        expect(none).toBeInstanceOf(Promise);
        await none;
      });
      expect(await found("many-1", "many-2")).toMatchObject({ events: ["many-1", "many-2"] });
    });

    it("refuses what is no transaction, and writes nothing", async () => {
      for (const [what, given] of Object.entries({
        ...bed.wrong,
        nothing: undefined,
        text: "tx",
        none: null,
      })) {
        const adding = (async () => bed.outbox.add(new OrderPlaced("wrong-1"), given as Tx))();
        await expect(adding, what).rejects.toMatchObject({ code: "SLUICE_TRANSACTION" });
        const accepting = (async () => bed.inbox.accept("wrong-1", given as Tx, { consumer: "c" }))();
        await expect(accepting, what).rejects.toMatchObject({ code: "SLUICE_TRANSACTION" });
      }
      expect(await found("wrong-1")).toMatchObject({ events: [] });
    });

    if (knowsWhenOver)
      it("refuses a transaction that is over, and writes nothing", async () => {
        let kept: Tx | undefined;
        await bed.transaction(async (tx) => {
          kept = tx;
          await bed.insertOrder(tx, "over-1");
        });
        const adding = (async () => bed.outbox.add(new OrderPlaced("over-1"), kept as Tx))();
        await expect(adding).rejects.toMatchObject({ code: "SLUICE_TRANSACTION" });
        expect(await found("over-1")).toMatchObject({ events: [] });
      });

    it("accepts a message once, and the transaction goes on after a duplicate (O7)", async () => {
      const accepted: boolean[] = [];
      for (let delivery = 1; delivery <= 2; delivery++) {
        await bed.transaction(async (tx) => {
          accepted.push(await bed.inbox.accept("m-1", tx, { consumer: "billing" }));
          await bed.insertOrder(tx, `delivery-${delivery}`);
        });
      }
      expect(accepted).toEqual([true, false]);
      expect(await found("delivery-1", "delivery-2")).toMatchObject({ orders: ["delivery-1", "delivery-2"] });
    });

    it("stores messages, and marks one as done with its effects (O7, O8)", async () => {
      await bed.transaction(async (tx) => {
        const added = await bed.inbox.add(
          [
            ["s-1", new Reserve("o-1"), { key: "o-1" }],
            ["s-2", new Reserve("o-2")],
            ["s-1", new Reserve("o-1"), { key: "o-1" }],
          ],
          tx,
        );
        expect(added).toEqual([true, true, false]);
      });
      const { leases, rows, buckets, desk } = bed.inbox.queue;
      const worker = { name: "worker", token: crypto.randomUUID(), leaseMs: 60_000 };
      await leases.join(worker);
      const held = await leases.take(worker, buckets);
      const claim = { leases: held, limit: 10 };
      const [row] = await rows.claim({ ...claim, skipKeys: [], skipTopics: [] });
      const lease = held.find(({ bucket }) => bucket === row?.bucket);
      if (row === undefined || lease === undefined) throw new Error("Nothing was claimed.");
      await bed.transaction(async (tx) => {
        expect(await bed.inbox.finish(row, lease, tx)).toBe(true);
        expect(await bed.inbox.finish(row, lease, tx)).toBe(false);
      });
      expect(await desk.stats()).toMatchObject({ pending: 1, done: 1 });
    });
  });
}
