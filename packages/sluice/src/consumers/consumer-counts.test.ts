import { describe, expect, it, vi } from "vitest";
import { given } from "../brokers/deliveries.fixture.js";
import type { MessageBroker } from "../brokers/message-broker.js";
import type { SubscribeOptions } from "../brokers/subscribe-options.js";
import { MemoryInbox } from "../inbox/memory-inbox.js";
import { bootstrap } from "../mediator/bootstrap.js";
import { quiet } from "../mediator/flow.fixture.js";
import { Command } from "../messages/command.js";
import { MessageRegistry } from "../messages/message-registry.js";
import type { MemoryTransaction } from "../queue/memory-transaction.js";
import { registry, Todo, useBed } from "./consumer.fixture.js";
import { deadLetterReason } from "./dead-letter-headers.js";
import { replayDeadLetter } from "./replay.js";

const held = useBed();

/** A consumer's `onMessage`, called as a broker calls it that counts tries. */
async function subscribed(options: object) {
  const { bed } = held;
  const buried: [number, unknown][] = [];
  let subscribeOptions: SubscribeOptions | undefined;
  const broker: MessageBroker = {
    publish: async () => {},
    close: async () => {},
    subscribe: async (wanted) => {
      subscribeOptions = wanted;
      return { close: async () => {}, [Symbol.asyncDispose]: async () => {} };
    },
  };
  await bed.consume({
    broker,
    deadLetter: ({ attempt }, error) => void buried.push([attempt, error]),
    ...options,
  });
  const encoded = registry.encode(new Todo("a1"));
  const message = (attempt: number) => given("a1", { name: "todo", attempt, encoded });
  const give = (attempt: number, signal = new AbortController().signal) =>
    subscribeOptions?.onMessage(message(attempt), signal) as Promise<unknown>;
  return { give, buried };
}

describe("tries that the broker has counted", () => {
  it("count, so that more instances do not multiply them (C1)", async () => {
    const { bed } = held;
    const { give, buried } = await subscribed({ retry: { immediate: 2, delayed: 1 } });
    const third = give(3);
    await bed.gates.fail("a1", new Error("no stock"));
    expect(await third).toMatchObject({ afterMs: expect.any(Number), counts: true });
    const fourth = give(4);
    await bed.gates.fail("a1", new Error("no stock"));
    expect(await fourth).toBeUndefined();
    expect(buried).toEqual([[4, new Error("no stock")]]);
  });

  it("that were never seen to end give a message up before it does more harm (C1)", async () => {
    const { bed } = held;
    const { give, buried } = await subscribed({ retry: { immediate: 2, delayed: 1 } });
    const spare = give(104);
    await bed.gates.open("a1");
    expect(await spare).toBeUndefined();
    expect(buried).toEqual([]);
    await give(105);
    expect(buried).toEqual([[105, expect.objectContaining({ code: "SLUICE_DEADLY_MESSAGE", tries: 104 })]]);
    expect(bed.gates.arrived).toEqual(["a1"]);
  });
});

describe("a consumer that is aborted", () => {
  it("neither gives up nor counts what ends by it (C3)", async () => {
    const { bed } = held;
    const { give, buried } = await subscribed({ retry: { immediate: 0, delayed: 0 } });
    const aborting = new AbortController();
    const handling = give(1, aborting.signal);
    const ended = expect(handling).rejects.toThrow("closing");
    aborting.abort(new Error("closing"));
    await bed.gates.fail("a1", new Error("closing"));
    await ended;
    expect(buried).toEqual([]);
  });
});

describe("an open breaker", () => {
  it("pauses the subscription: nothing counts and nothing is given up, until it closes (C4)", async () => {
    const { bed } = held;
    const open = new Error("open");
    let isOpen = true;
    const circuitBreaker = {
      execute: async <T>(operation: () => Promise<T>): Promise<T> => {
        if (isOpen) throw open;
        return operation();
      },
      isOpenError: (error: unknown) => error === open,
    };
    await bed.consume({ circuitBreaker, pauseMs: 5_000, retry: { immediate: 0, delayed: 0 } });
    await bed.todos("a1", "b1");
    await quiet();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await bed.deadLetters()).toEqual([]);
    expect(bed.logger.lines).toEqual([
      "warn: The circuit breaker of doers is open: messages wait, and are tried each 5000 ms.",
    ]);
    isOpen = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(bed.gates.waiting).toEqual(["a1", "b1"]);
    await bed.gates.openAll();
    expect(bed.logger.lines.at(-1)).toBe("info: doers goes on: its circuit breaker is closed.");
  });
});

describe("with an inbox", () => {
  class Book extends Command<void> {
    constructor(readonly amount: number) {
      super();
    }
  }

  it("a message that comes twice has its effects once; what fails leaves no mark (O7)", async () => {
    const { bed } = held;
    const inbox = new MemoryInbox({ registry: new MessageRegistry() });
    const booked: number[] = [];
    let failures = 1;
    const mediator = bootstrap({
      commandsMapper: (map) =>
        map.bind(Book, async ({ amount }) => {
          if (failures-- > 0) throw new Error("no ledger");
          booked.push(amount);
        }),
    });
    const transaction = async (work: (tx: MemoryTransaction) => Promise<void>) => {
      const tx = inbox.begin();
      try {
        await work(tx);
      } catch (error) {
        tx.rollback();
        throw error;
      }
      tx.commit();
    };
    await bed.consume({
      mediator,
      registry: new MessageRegistry().register("book", Book),
      inbox,
      transaction,
    });
    await bed.publish({ id: "m-1", name: "book", payload: { amount: 7 } });
    await bed.publish({ id: "m-1", name: "book", payload: { amount: 7 } });
    await quiet();
    await quiet();
    expect(booked).toEqual([7]);
    expect(await bed.deadLetters()).toEqual([]);
  });
});

describe("a dead letter that is replayed", () => {
  it("goes to the group that gave it up, and to no other, as it was", async () => {
    const { bed } = held;
    const retry = { immediate: 0, delayed: 0 };
    const handled: string[] = [];
    await bed.consume({ retry });
    const others = bootstrap({ domainEventsMapper: (map) => map });
    await bed.consume({ group: "others", mediator: others, deadLetter: ({ id }) => void handled.push(id) });
    await bed.todos("a1");
    await quiet();
    expect(handled).toEqual(["id of a1"]);
    await bed.gates.fail("a1", new Error("no stock"));
    const [letter] = await bed.deadLetters();
    const queue = await bed.broker.deadLetterQueue("doers.dead-letters");
    await replayDeadLetter(bed.broker, queue, letter as never, new AbortController().signal);
    await quiet();
    expect(bed.gates.waiting).toEqual(["a1"]);
    expect(handled).toEqual(["id of a1"]);
    expect(await bed.deadLetters()).toEqual([]);
    await bed.gates.fail("a1", new Error("still no stock"));
    const [again] = await bed.deadLetters();
    expect(deadLetterReason(again?.message as never)).toMatchObject({
      error: "still no stock",
      group: "doers",
    });
  });

  it("stays where it is when it does not say where it came from", async () => {
    const { bed } = held;
    const queue = await bed.broker.deadLetterQueue("doers.dead-letters");
    const { signal } = new AbortController();
    await queue.add(
      given("a1", { name: "todo", attempt: 1, encoded: registry.encode(new Todo("a1")) }),
      {},
      signal,
    );
    const [letter] = await bed.deadLetters();
    await expect(replayDeadLetter(bed.broker, queue, letter as never, signal)).rejects.toThrow(
      'replayDeadLetter entry is "1" (a string); expected a dead letter with the header dead-letter-topic.',
    );
    expect(await bed.deadLetters()).toHaveLength(1);
  });
});

it("what waits for another try is no longer tried when it closes", async () => {
  const { bed } = held;
  const consumer = await bed.consume();
  await bed.todos("a1");
  await quiet();
  await bed.gates.fail("a1", new Error("no stock"));
  await bed.gates.fail("a1", new Error("no stock"));
  await bed.gates.fail("a1", new Error("no stock"));
  await consumer.close();
  expect(vi.getTimerCount()).toBe(0);
});
