import type { DeadLetterQueue } from "../brokers/dead-letter-queue.js";
import type { MessageBroker } from "../brokers/message-broker.js";
import type { ReceivedMessage } from "../brokers/received-message.js";
import type { BrokerCase } from "./broker-case.js";
import { deadLetters } from "./broker-needs.js";
import type { BrokerTestBed } from "./broker-test-bed.js";
import { expect, expectEqual } from "./expect.js";

async function queueOf(broker: MessageBroker, name: string): Promise<DeadLetterQueue> {
  const queue = await broker.deadLetterQueue?.(name);
  expect(queue !== undefined, "The broker has no deadLetterQueue().");
  return queue;
}

/** Received messages, as a consumer hands them to the queue. */
async function given(bed: BrokerTestBed, count: number): Promise<readonly ReceivedMessage[]> {
  const messages = bed.messages(count, (n) => ({ key: "k", headers: { tenant: `t-${n}` } }));
  const { received } = await bed.subscribe();
  await bed.publish(...messages);
  await received.exactly(messages);
  return messages.map(({ id }) => received.all.find((each) => each.id === id) as ReceivedMessage);
}

const { signal } = new AbortController();

/** What consumers gave up on, kept at the broker. */
export const deadLetterCases: readonly BrokerCase[] = [
  {
    title: "keeps dead letters as they came, with more headers, for whoever opens the queue (C1)",
    needs: [deadLetters],
    body: async (bed) => {
      const name = bed.newGroup();
      const queue = await queueOf(bed.broker, name);
      expectEqual(await queue.list(), [], "A new queue");
      const messages = await given(bed, 5);
      for (const message of messages) await queue.add(message, { "x-reason": "über" }, signal);
      const entries = await (await queueOf(await bed.another(), name)).list();
      const kept = entries.map(({ message: { id, name: called, key, payload, headers } }) => [
        id,
        called,
        key,
        payload,
        headers.tenant,
        headers["x-reason"],
      ]);
      const wanted = messages.map(({ id, payload }, n) => [
        id,
        "conformance.tested",
        "k",
        payload,
        `t-${n}`,
        "über",
      ]);
      expectEqual(kept, wanted, "The dead letters");
    },
  },
  {
    title: "keeps apart the queues of different names, lists a part of one, and removes one dead letter",
    needs: [deadLetters],
    body: async (bed) => {
      const queue = await queueOf(bed.broker, bed.newGroup());
      const other = await queueOf(bed.broker, bed.newGroup());
      const messages = await given(bed, 5);
      for (const message of messages) await queue.add(message, {}, signal);
      const ids = async (from = queue) => (await from.list()).map(({ id }) => id);
      const all = await ids();
      expectEqual(all.length, 5, "The dead letters");
      expectEqual(await ids(other), [], "Another queue");
      const part = await queue.list({ after: all[1], limit: 2 });
      expectEqual(
        part.map(({ id }) => id),
        all.slice(2, 4),
        "A part of the dead letters",
      );
      expect(await queue.remove(all[2] as string), "A dead letter was not there to be removed.");
      expect(!(await queue.remove(all[2] as string)), "A dead letter could be removed twice.");
      expectEqual(
        await ids(),
        all.filter((_, n) => n !== 2),
        "The dead letters that are left",
      );
    },
  },
];
