import type { Outbox } from "../outbox/outbox.js";
import { RelayedMessage } from "../outbox/relayed-message.js";
import { expect, expectEqual } from "./expect.js";
import type { StoreCase } from "./store-case.js";
import { addCommitted, claimAll, expectCode, holdAll, idsOf, numbered } from "./store-test-bed.js";
import { Tested, Unregistered } from "./store-test-messages.js";

export const addingCases: readonly StoreCase<Outbox<unknown>>[] = [
  {
    title: "keeps what commits, and nothing of what is rolled back (O1)",
    async body({ bed }) {
      const [kept] = numbered(1);
      await addCommitted(bed, [kept as Tested]);
      const rolledBack = bed.transaction(async (tx) => {
        await bed.store.add(numbered(3), tx);
        throw new Error("no");
      });
      await rolledBack.catch(() => {});
      const rows = await claimAll(bed.store.queue, await holdAll(bed.store.queue));
      expectEqual(idsOf(rows), [kept?.eventId], "What is there");
    },
  },
  {
    title: "takes thousands of events in one call (O1)",
    async body({ bed }) {
      const many = 7_000; // more than any engine takes in one statement
      await bed.transaction((tx) => bed.store.add(numbered(many), tx));
      expectEqual(await bed.store.queue.desk.count({ state: "pending" }), many, "How many are there");
    },
  },
  {
    title: "does not show what has not committed (O1)",
    needs: "concurrentTransactions",
    async body({ bed }) {
      const leases = await holdAll(bed.store.queue);
      await bed.transaction(async (tx) => {
        await bed.store.add(numbered(2), tx);
        expectEqual((await claimAll(bed.store.queue, leases)).length, 0, "What others see before the commit");
      });
      expectEqual((await claimAll(bed.store.queue, leases)).length, 2, "What they see after it");
    },
  },
  {
    title: "skips no event whose transaction commits later than that of a later one (O2)",
    needs: "concurrentTransactions",
    async body({ bed }) {
      const leases = await holdAll(bed.store.queue);
      const [first, second] = numbered(2) as [Tested, Tested];
      await bed.transaction(async (tx) => {
        await bed.store.add(first, tx);
        await addCommitted(bed, [second]);
        const rows = await claimAll(bed.store.queue, leases);
        expectEqual(idsOf(rows), [second.eventId], "What is there meanwhile");
        await bed.store.queue.rows.complete(leases, [rows[0]?.id as number]);
      });
      expectEqual(
        idsOf(await claimAll(bed.store.queue, leases)),
        [first.eventId],
        "What is there in the end",
      );
    },
  },
  {
    title: "keeps the order within a key, over one add and over several (O2)",
    async body({ bed }) {
      const events = numbered(60);
      await addCommitted(bed, events.slice(0, 25), events.slice(25, 26), events.slice(26));
      const rows = await claimAll(bed.store.queue, await holdAll(bed.store.queue));
      expectEqual(
        idsOf(rows),
        events.map(({ eventId }) => eventId),
        "The order",
      );
    },
  },
  {
    title: "gives an event back as it was, with its id for life (M1, M3)",
    async body({ bed }) {
      const events = [
        new Tested({ text: "é😀\u0001\n'\"\\", list: [1, null, { deep: true }] }, "schlüssel 🔑'"),
        new Tested(undefined),
        new Tested("", "x", "topic/with ' and ?"),
      ];
      const metadata = { correlationId: "c-1", causationId: "c-0", headers: { tenant: "é" } };
      await bed.transaction((tx) => bed.store.add(events, tx, { metadata }));
      const found = new Map(
        (await claimAll(bed.store.queue, await holdAll(bed.store.queue))).map((row) => [row.messageId, row]),
      );
      for (const event of events) {
        const row = found.get(event.eventId);
        expect(row !== undefined, `${event.eventId} is missing`);
        expectEqual(
          [row.name, row.topic, row.key, row.timestamp, row.attempts],
          [event.eventName, event.topic, event.key, event.eventTimestamp.getTime(), 0],
          "What stands beside the payload",
        );
        expectEqual(new RelayedMessage(row, bed.store.registry).payload, event.payload, "The payload");
        const headers = { tenant: "é", "correlation-id": "c-1", "causation-id": "c-0" };
        expectEqual(JSON.parse(row.headers), headers, "The headers");
      }
    },
  },
  {
    title: "writes nothing for no events",
    async body({ bed }) {
      await addCommitted(bed, []);
      expectEqual((await bed.store.queue.desk.stats()).pending, 0, "What is there");
    },
  },
  {
    title: "refuses what cannot be stored, all of the call, and leaves the transaction as it was (M1, M2)",
    async body({ bed }) {
      const [good, kept] = numbered(2) as [Tested, Tested];
      const wrong: [event: Tested | Unregistered, code: string][] = [
        [new Unregistered(), "SLUICE_NOT_REGISTERED"],
        [new Tested({ at: new Date() }), "SLUICE_ENCODE_REFUSED"],
        [new Tested("x".repeat(1_000_001)), "SLUICE_OUTBOX_REFUSED"],
        [new Tested({}, "nul\0"), "SLUICE_OUTBOX_REFUSED"],
        [new Tested({}, "a", "nul\0"), "SLUICE_OUTBOX_REFUSED"],
        [new Tested({}, "k".repeat(501)), "SLUICE_OUTBOX_REFUSED"],
        [{} as Tested, "SLUICE_INVALID_EVENT"],
      ];
      await bed.transaction(async (tx) => {
        for (const [event, code] of wrong)
          await expectCode(() => bed.store.add([good, event], tx), code, `An event that is wrong`);
        await bed.store.add(kept, tx);
      });
      const rows = await claimAll(bed.store.queue, await holdAll(bed.store.queue));
      expectEqual(idsOf(rows), [kept.eventId], "What is there");
    },
  },
  {
    title: "refuses a transaction that is over (O1)",
    needs: "knowsWhenOver",
    async body({ bed }) {
      const over = await bed.transaction((tx) => tx);
      await expectCode(
        () => bed.store.add(numbered(1), over),
        "SLUICE_TRANSACTION",
        "A transaction that is over",
      );
      expectEqual((await bed.store.queue.desk.stats()).pending, 0, "What is there");
    },
  },
  {
    title: "refuses what is no transaction (O1)",
    async body({ bed }) {
      const events = numbered(1);
      for (const none of [undefined, null, {}, 7, "tx"])
        await expectCode(
          () => bed.store.add(events, none),
          "SLUICE_TRANSACTION",
          `A transaction that is ${none}`,
        );
      expectEqual((await bed.store.queue.desk.stats()).pending, 0, "What is there");
    },
  },
];
