import type { Inbox } from "../inbox/inbox.js";
import { startInboxWorker } from "../inbox/start-inbox-worker.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { expect, expectEqual } from "./expect.js";
import { RecordingLogger } from "./recording-logger.js";
import type { StoreCase } from "./store-case.js";
import { claimAll, expectCode, holdAll, workerNamed } from "./store-test-bed.js";
import { Noticed, Todo } from "./store-test-messages.js";

const consumer = "billing";

export const inboxCases: readonly StoreCase<Inbox<unknown>>[] = [
  {
    title: "accepts a message once for each consumer (O7)",
    async body({ bed: { store, transaction } }) {
      const accept = (id: string, by = consumer) =>
        transaction((tx) => store.accept(id, tx, { consumer: by }));
      expectEqual(
        [await accept("m-1"), await accept("m-1"), await accept("m-1", "stock"), await accept("m-2")],
        [true, false, true, true],
        "What was accepted",
      );
      const twice = await transaction(async (tx) => [
        await store.accept("m-3", tx, { consumer }),
        await store.accept("m-3", tx, { consumer }),
      ]);
      expectEqual(twice, [true, false], "What was accepted twice in one transaction");
    },
  },
  {
    title: "stores thousands of messages in one call (O8)",
    async body({ bed: { store } }) {
      const entries = Array.from({ length: 3_300 }, (_, n) => [`m-${n}`, new Todo("something")] as const);
      const added = await store.add(entries);
      expectEqual(added.filter(Boolean).length, entries.length, "How many were new");
    },
  },
  {
    title: "tells ids and consumers apart by case, accents and spaces (O7)",
    async body({ bed: { store, transaction } }) {
      const accepted: boolean[] = [];
      for (const id of ["a", "A", "á", "a ", " a", "ß", "ss"])
        accepted.push(await transaction((tx) => store.accept(id, tx, { consumer })));
      expectEqual(accepted, Array(7).fill(true), "What was accepted");
    },
  },
  {
    title: "forgets what was accepted in a transaction that is rolled back (O7)",
    async body({ bed: { store, transaction } }) {
      const rolledBack = transaction(async (tx) => {
        await store.accept("m-1", tx, { consumer });
        throw new Error("no");
      });
      await rolledBack.catch(() => {});
      const again = await transaction((tx) => store.accept("m-1", tx, { consumer }));
      expectEqual(again, true, "The message, when it comes again");
    },
  },
  {
    title: "accepts a message in one of two transactions that have it at the same moment (O7)",
    needs: "concurrentTransactions",
    async body({ bed: { store, transaction } }) {
      const accepted = await Promise.all(
        [1, 2, 3].map(() =>
          transaction(async (tx) => {
            const isNew = await store.accept("m-1", tx, { consumer });
            await new Promise((resolve) => setTimeout(resolve, 10));
            return isNew;
          }),
        ),
      );
      expectEqual(accepted.filter(Boolean).length, 1, "How many have accepted it");
    },
  },
  {
    title: "refuses what is no transaction (O7)",
    async body({ bed: { store } }) {
      for (const none of [undefined, null, {}, "tx"])
        await expectCode(() => store.accept("m-1", none, { consumer }), "SLUICE_TRANSACTION", "accept");
    },
  },
  {
    title: "refuses a transaction that is over (O7)",
    needs: "knowsWhenOver",
    async body({ bed: { store, transaction } }) {
      const over = await transaction((tx) => tx);
      await expectCode(() => store.accept("m-1", over, { consumer }), "SLUICE_TRANSACTION", "accept");
      await expectCode(() => store.add([["m-1", new Todo("x")]], over), "SLUICE_TRANSACTION", "add");
      expectEqual(
        await transaction((tx) => store.accept("m-1", tx, { consumer })),
        true,
        "What was not marked",
      );
      expectEqual((await store.queue.desk.stats()).pending, 0, "What was not stored");
    },
  },
  {
    title: "refuses ids and names that cannot be kept",
    async body({ bed: { store, transaction } }) {
      await transaction(async (tx) => {
        await expectCode(() => store.accept("", tx, { consumer }), "SLUICE_INVALID_OPTION", "An empty id");
        await expectCode(() => store.accept("a\0", tx, { consumer }), "SLUICE_INBOX_REFUSED", "A NUL");
        await expectCode(() => store.add([["a\0", new Todo("x")]], tx), "SLUICE_INBOX_REFUSED", "A NUL");
        await expectCode(() => store.add([["m", {} as Todo]], tx), "SLUICE_INVALID_EVENT", "No message");
        const large = new Todo("x".repeat(1_000_001));
        await expectCode(() => store.add([["m", large]], tx), "SLUICE_INBOX_REFUSED", "A large one");
      });
      expectEqual((await store.queue.desk.stats()).pending, 0, "What is there");
    },
  },
  {
    title:
      "says of each message that is stored, or accepted, whether it is new, as long as it is known (O6, O8)",
    async body({ bed: { store, transaction } }) {
      const todo = new Todo("x");
      const accept = () => transaction((tx) => store.accept("m-1", tx, { consumer }));
      expectEqual([await accept(), await accept()], [true, false], "Accepted");
      expectEqual(
        await store.add([
          ["m-1", todo],
          ["m-2", todo],
          ["m-1", todo],
        ]),
        [true, true, false],
        "In one call",
      );
      expectEqual(
        await transaction((tx) =>
          store.add(
            [
              ["m-3", todo],
              ["m-2", todo],
            ],
            tx,
          ),
        ),
        [true, false],
        "In a transaction",
      );
      expectEqual(await store.add([["m-1", todo]]), [false], "Alone");
      expectEqual(await store.add([]), [], "Nothing");
      const leases = await holdAll(store.queue);
      const ids = (await claimAll(store.queue, leases)).map(({ id }) => id);
      await store.queue.rows.complete(leases, ids);
      expectEqual(await store.add([["m-1", todo]]), [false], "When it is done");
      expectEqual(await store.queue.desk.purge({ olderThanMs: 60_000, limit: 10 }), 0, "Purged at once");
      await new Promise((resolve) => setTimeout(resolve, 20));
      expectEqual(await store.queue.desk.purge({ olderThanMs: 1, limit: 2 }), 2, "Purged");
      expectEqual(await accept(), false, "Accepted then");
      expectEqual(await store.queue.desk.countPurgeable(1), 2, "What there is to purge");
      expectEqual(await store.queue.desk.purge({ olderThanMs: 1, limit: 10 }), 2, "Purged then");
      expectEqual(
        [await accept(), ...(await store.add([["m-1", todo]]))],
        [true, true],
        "When it is forgotten",
      );
    },
  },
  {
    title: "is done with a message in the transaction of its effects, or not at all (O8)",
    async body({ bed: { store, transaction } }) {
      await store.add([["m-1", new Todo("x")]]);
      const leases = await holdAll(store.queue, workerNamed("first", 1));
      const [row] = await claimAll(store.queue, leases);
      const lease = leases.find(({ bucket }) => bucket === row?.bucket);
      if (row === undefined || lease === undefined) throw new Error("The message was not read.");
      const rolledBack = transaction(async (tx) => {
        expectEqual(await store.finish(row, lease, tx), true, "Finished, and rolled back");
        throw new Error("no");
      });
      await rolledBack.catch(() => {});
      expectEqual((await store.queue.desk.stats()).pending, 1, "What is left then");
      await new Promise((resolve) => setTimeout(resolve, 20));
      const next = await holdAll(store.queue, workerNamed("next"));
      expectEqual(
        await transaction((tx) => store.finish(row, lease, tx)),
        false,
        "Finished behind the fence",
      );
      const own = next.find(({ bucket }) => bucket === row.bucket) as typeof lease;
      expectEqual(await transaction((tx) => store.finish(row, own, tx)), true, "Finished");
      const { pending, done } = await store.queue.desk.stats();
      expectEqual([pending, done], [0, 1], "What is left in the end");
    },
  },
  {
    title: "has a worker handle commands and events, each key in its order (O8)",
    async body({ bed: { store } }) {
      const seen: string[] = [];
      const mediator = bootstrap({
        commandsMapper: (map) => map.bind(Todo, async ({ what }: Todo) => void seen.push(what)),
        domainEventsMapper: (map) => map.bind(Noticed, async ({ what }: Noticed) => void seen.push(what)),
      });
      const entries = Array.from({ length: 40 }, (_, n) => {
        const what = `${n % 4}/${n}`;
        const message = n % 4 === 3 ? new Noticed(what) : new Todo(what);
        return [`m-${n}`, message, { key: `key ${n % 4}` }] as const;
      });
      await store.add(entries);
      const options = { inbox: store, mediator, pollMs: 20, retryMs: 10, logger: new RecordingLogger() };
      const worker = await startInboxWorker(options);
      for (const start = Date.now(); (await store.queue.desk.stats()).pending > 0; )
        if (Date.now() - start > 20_000) throw new Error("The worker has not come so far in 20 s.");
        else await new Promise((resolve) => setTimeout(resolve, 5));
      await worker.close();
      expectEqual(seen.length, 40, "Messages that were handled");
      for (let key = 0; key < 4; key++) {
        const own = seen.filter((what) => what.startsWith(`${key}/`)).map((what) => Number(what.slice(2)));
        expect(
          own.every((n, at) => at === 0 || n > (own[at - 1] as number)),
          `Key ${key} came as ${own}.`,
        );
      }
    },
  },
];
