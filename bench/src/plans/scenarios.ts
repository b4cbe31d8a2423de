import type { Message, MessageBroker } from "sluice";
import { BrokerUnavailableError, PublishFailedError } from "sluice/brokers";
import { type Outbox, startRelay } from "sluice/outbox";
import { otherTopic, type PlannedDatabase } from "./planned-database.js";

/** How many rows a relay is let try to publish. */
const published = 10_000;

/** What is done with a database, by what people call it. */
export const scenarios: Readonly<Record<string, (db: PlannedDatabase) => Promise<unknown>>> = {
  "a relay that deletes what is done": (db) => relay(db.outbox({ keepDone: false })),
  "a relay that keeps what is done": (db) => relay(db.outbox({ keepDone: true })),
  "a relay, one in ten messages fails": (db) => relay(db.outbox({ keepDone: false }), failingOften()),
  "a relay, the topic of one key in ten is down": (db) => relay(db.outbox({ keepDone: false }), beingDown),
  stats: ({ outbox }) => outbox({ keepDone: true }).queue.desk.stats(),
  "list of pending rows": (db) => list(db, { state: "pending" }),
  "list of dead rows": (db) => list(db, { state: "dead" }),
  "list of done rows": (db) => list(db, { state: "done" }),
  "list of done rows, from the middle on": async (db) => {
    const desk = db.outbox({ keepDone: true }).queue.desk;
    const [first] = await desk.list({ state: "pending", limit: 1 });
    await desk.list({ state: "done", limit: 100, afterId: Math.floor((first?.id ?? 0) / 2) });
  },
  "list of a topic that has nothing pending": (db) => list(db, { state: "pending", topic: "nothing" }),
  "find by a message id": ({ outbox }) => outbox({ keepDone: true }).queue.desk.find("nobody's"),
  "purge of 1,000 rows": ({ outbox }) =>
    outbox({ keepDone: true }).queue.desk.purge({ olderThanMs: 0, limit: 1_000 }),
  "what a purge would delete": ({ outbox }) => outbox({ keepDone: true }).queue.desk.countPurgeable(0),
  "replay of all dead rows": ({ outbox }) => outbox({ keepDone: true }).queue.desk.replay({ state: "dead" }),
};

function list(db: PlannedDatabase, filter: Omit<Parameters<Outbox["queue"]["desk"]["list"]>[0], "limit">) {
  return db.outbox({ keepDone: true }).queue.desk.list({ ...filter, limit: 100 });
}

/** Throws what a broker would. */
type Failing = (messages: readonly Message[]) => void;

function failingOften(): Failing {
  let n = 0;
  return (messages) => {
    const failed = messages.filter(() => ++n % 10 === 0);
    if (failed.length > 0)
      throw new PublishFailedError(new Map(failed.map(({ id }) => [id, new Error("no")])));
  };
}

const beingDown: Failing = ([first]) => {
  if (first?.topic === otherTopic) throw new BrokerUnavailableError("down");
};

async function relay(outbox: Outbox, fail: Failing = () => {}): Promise<void> {
  let left = published;
  const enough = Promise.withResolvers<void>();
  const broker: MessageBroker = {
    async publish(messages) {
      left -= messages.length;
      if (left <= 0) enough.resolve();
      fail(messages);
    },
    async close() {},
  };
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const relay = await startRelay({ outbox, broker, lanes: 2, logger });
  await enough.promise;
  await relay.close();
}
