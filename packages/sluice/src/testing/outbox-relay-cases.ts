import type { Message } from "../brokers/message.js";
import type { MessageBroker } from "../brokers/message-broker.js";
import { PublishFailedError } from "../brokers/publish-errors.js";
import type { Outbox } from "../outbox/outbox.js";
import { type RelayOptions, startRelay } from "../outbox/start-relay.js";
import { expect, expectEqual } from "./expect.js";
import { RecordingLogger } from "./recording-logger.js";
import type { StoreCase } from "./store-case.js";
import { addCommitted, numbered, type StoreBed } from "./store-test-bed.js";
import { Tested } from "./store-test-messages.js";

/** Keeps what it is given, but what it is told to refuse. */
class KeepingBroker implements MessageBroker {
  readonly arrived: Message[] = [];
  readonly tries = new Map<string, number>();
  refuse: (message: Message) => boolean = () => false;

  async publish(messages: readonly Message[]): Promise<void> {
    const failures = new Map<string, unknown>();
    const failedKeys = new Set<string | undefined>();
    for (const message of messages) {
      const { id, key = id } = message;
      if (failedKeys.has(key)) failures.set(id, new Error("one before it failed"));
      else if (this.refuse(message)) {
        this.tries.set(id, (this.tries.get(id) ?? 0) + 1);
        failures.set(id, new Error("refused"));
        failedKeys.add(key);
      } else this.arrived.push(message);
    }
    if (failures.size > 0) throw new PublishFailedError(failures);
  }

  async close(): Promise<void> {}
}

type Bed = StoreBed<Outbox<unknown>, unknown>;

async function relayed(
  bed: Bed,
  broker: MessageBroker,
  options: Partial<RelayOptions>,
  until: () => boolean | Promise<boolean>,
) {
  const relay = await startRelay({
    outbox: bed.store,
    broker,
    pollMs: 20,
    retryMs: 10,
    logger: new RecordingLogger(),
    ...options,
  });
  for (const start = Date.now(); !(await until()); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() - start > 20_000) throw new Error("The relay has not come so far in 20 s.");
  await relay.close();
}

const isEmpty = (bed: Bed) => async () => (await bed.store.queue.desk.stats()).pending === 0;

export const relayCases: readonly StoreCase<Outbox<unknown>>[] = [
  {
    title: "has a relay publish everything once, each key in its order, as it was added (O2)",
    async body({ bed }) {
      const keys = Array.from({ length: 20 }, (_, n) => `key ${n}`);
      const events = Array.from({ length: 400 }, (_, n) => new Tested({ n }, keys[n % keys.length]));
      const broker = new KeepingBroker();
      const adding = (async () => {
        for (let at = 0; at < events.length; at += 40) await addCommitted(bed, events.slice(at, at + 40));
      })();
      await relayed(bed, broker, { batchSize: 30 }, () => broker.arrived.length >= events.length);
      await adding;
      expectEqual(broker.arrived.length, events.length, "Messages that arrived");
      for (const key of keys) {
        const sent = events.filter((event) => event.key === key).map(({ payload }) => payload);
        const arrived = broker.arrived.filter((message) => message.key === key).map(({ payload }) => payload);
        expectEqual(arrived, sent, `The messages of ${key}`);
      }
    },
  },
  {
    title: "has a relay try a message again, with its key behind it, until it is a dead letter (O4)",
    async body({ bed }) {
      const poison = numbered(3, "poison");
      const others = numbered(20, "other");
      const broker = new KeepingBroker();
      broker.refuse = ({ id }) => id === poison[0]?.eventId;
      await addCommitted(bed, [...poison, ...others]);
      const isOver = async () => {
        const { dead, pending } = await bed.store.queue.desk.stats();
        // A destination that takes others is not at fault.
        if (dead === 0) await addCommitted(bed, numbered(1, "more"));
        return dead === 1 && pending === 0;
      };
      await relayed(bed, broker, { maxAttempts: 3 }, isOver);
      const [letter] = await bed.store.queue.desk.list({ state: "dead", limit: 10 });
      expectEqual([letter?.messageId, letter?.attempts], [poison[0]?.eventId, 3], "The dead letter");
      expect(letter?.lastError?.includes("refused") === true, `Its last error is ${letter?.lastError}.`);
      expectEqual(broker.tries.get(poison[0]?.eventId as string), 3, "Tries of it");
      const behind = broker.arrived.filter(({ key }) => key === "poison").map(({ id }) => id);
      expectEqual(behind, [poison[1]?.eventId, poison[2]?.eventId], "What stood behind it");
    },
  },
  {
    title: "has two relays share the work, and one go on when the other has left (O3)",
    async body({ bed }) {
      const broker = new KeepingBroker();
      const events = Array.from({ length: 200 }, (_, n) => new Tested({ n }, `key ${n % 50}`));
      const options = {
        outbox: bed.store,
        broker,
        pollMs: 20,
        leaseMs: 1_000,
        logger: new RecordingLogger(),
      };
      const [first, second] = [await startRelay(options), await startRelay(options)];
      await addCommitted(bed, events.slice(0, 100));
      await first.close();
      await addCommitted(bed, events.slice(100));
      await relayed(bed, broker, {}, isEmpty(bed));
      await second.close();
      expectEqual(new Set(broker.arrived.map(({ id }) => id)).size, 200, "Messages that arrived");
      expectEqual(broker.arrived.length, 200, "Deliveries");
    },
  },
];
