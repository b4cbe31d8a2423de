import type { Message } from "../brokers/message.js";
import type { BrokerCase } from "./broker-case.js";
import { groupOrder, groups, order } from "./broker-needs.js";
import type { BrokerTestBed } from "./broker-test-bed.js";
import { expect, expectEqual } from "./expect.js";
import type { Handle } from "./received-messages.js";

const numberOf = ({ payload }: Message) => (payload as { n: number }).n;

function numbersByKey(messages: readonly Message[]): Record<string, number[]> {
  const byKey: Record<string, number[]> = {};
  for (const message of messages) {
    const { key = "" } = message;
    byKey[key] ??= [];
    byKey[key].push(numberOf(message));
  }
  return Object.fromEntries(Object.entries(byKey).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Takes some longer than others, fails once on every fiftieth, and counts what comes beside another of its key. */
function uneven(): { readonly handle: Handle; readonly together: () => number } {
  const failed = new Set<string>();
  const running = new Set<string | undefined>();
  let together = 0;
  const handle: Handle = async (message) => {
    const { id, key } = message;
    if (running.has(key)) together++;
    running.add(key);
    for (let turn = 0; turn < numberOf(message) % 7; turn++) await Promise.resolve();
    running.delete(key);
    if (numberOf(message) % 50 !== 7 || failed.has(id)) return;
    failed.add(id);
    throw new Error("A subscriber fails once, as the suite wants it to.");
  };
  return { handle, together: () => together };
}

async function keepsOrder(bed: BrokerTestBed, members: number, group?: string): Promise<void> {
  const into = bed.received();
  const { handle, together } = uneven();
  for (let n = 0; n < members; n++) {
    const broker = n === 0 ? bed.broker : await bed.another();
    await bed.subscribe({ broker, into, handle, group, concurrency: 10 });
  }
  const messages = bed.keyed(1_000, 16);
  for (let from = 0; from < 900; from += 100) await bed.publish(...messages.slice(from, from + 100));
  for (const message of messages.slice(900)) await bed.publish(message);
  await into.exactly(messages);
  expectEqual(numbersByKey(into.all), numbersByKey(messages), "The order of each key");
  expect(together() === 0, `${together()} messages came while one of their key was being handled.`);
}

/** Which messages are handled one after another, and which at the same time. */
export const orderCases: readonly BrokerCase[] = [
  {
    title: "keeps the order per key: 1,000 messages over 16 keys, 10 at a time, some of which fail",
    needs: [order],
    body: (bed) => keepsOrder(bed, 1),
  },
  {
    title: "keeps the order per key in a group of one: 1,000 messages over 16 keys, some of which fail",
    needs: [order, groups],
    body: (bed) => keepsOrder(bed, 1, bed.newGroup()),
  },
  {
    title:
      "keeps the order per key among the members of a group: 1,000 messages over 16 keys, some of which fail",
    needs: [groupOrder, groups],
    body: (bed) => keepsOrder(bed, 2, bed.newGroup()),
  },
  {
    title: "gives a subscriber the next message of a key only when it is done with the one before",
    needs: [order],
    body: async (bed) => {
      const running = new Set<string | undefined>();
      let together = 0;
      const handle: Handle = async ({ key }) => {
        if (running.has(key)) together++;
        running.add(key);
        await bed.pause(0);
        running.delete(key);
      };
      const { received } = await bed.subscribe({ handle });
      const messages = bed.keyed(30, 3);
      await bed.publish(...messages);
      await received.exactly(messages);
      expect(together === 0, `${together} messages came while one of their key was being handled.`);
    },
  },
  {
    title: "does not hold up a key for another, nor a message without a key for any",
    body: async (bed) => {
      const gate = bed.gate();
      const held = [bed.message({ key: "held" }), bed.message()];
      const ids = new Set(held.map(({ id }) => id));
      const { received } = await bed.subscribe({ handle: ({ id }) => ids.has(id) && gate.promise });
      const others = [...bed.messages(10), ...bed.keyed(10, 5)];
      await bed.publish(...held, ...others);
      await received.exactly(others);
      gate.resolve();
      await received.exactly([...held, ...others]);
    },
  },
  {
    title: "handles messages of one key at the same time where the order does not matter to a subscriber",
    body: async (bed) => {
      const gate = bed.gate();
      const { received } = await bed.subscribe({ orderBy: "none", handle: () => gate.promise });
      const messages = bed.keyed(5, 1);
      await bed.publish(...messages);
      await received.whenRunning(5);
      gate.resolve();
      await received.exactly(messages);
    },
  },
  {
    title: "keeps the order by what a function makes of a message, and no other",
    needs: [order],
    body: async (bed) => {
      const gate = bed.gate();
      const [first, second, other] = bed.messages(3, (n) => ({
        key: "same",
        headers: { tenant: n < 2 ? "a" : "b" },
      })) as [Message, Message, Message];
      const { received } = await bed.subscribe({
        orderBy: ({ headers }) => headers.tenant,
        handle: ({ id }) => id === first.id && gate.promise,
      });
      await bed.publish(first, second, other);
      await received.exactly([other]);
      gate.resolve();
      await received.exactly([first, second, other]);
      expectEqual(received.ids, [other.id, first.id, second.id], "The order");
    },
  },
];
