import { describe, expect, it } from "vitest";
import { InvalidOptionError } from "../errors/invalid-option-error.js";
import { MemoryInbox } from "../inbox/memory-inbox.js";
import { startInboxWorker } from "../inbox/start-inbox-worker.js";
import { quiet, rejection } from "../mediator/flow.fixture.js";
import { registry, useBed } from "./consumer.fixture.js";
import { type StoreIncomingOptions, storeIncoming } from "./store-incoming.js";

const held = useBed();

function store(options: Partial<StoreIncomingOptions> = {}) {
  const { broker, logger } = held.bed;
  const inbox = new MemoryInbox({ registry });
  const starting = storeIncoming({ broker, logger, topics: ["todos"], group: "doers", inbox, ...options });
  return { inbox, starting };
}

describe("storeIncoming", () => {
  it("stores messages once, under their ids, and a worker hands them to a mediator with their flow (O8)", async () => {
    const { bed } = held;
    const { inbox, starting } = store();
    await starting;
    const headers = { "correlation-id": "c-1", tenant: "t-1" };
    await bed.publish({ id: "m-1", key: "a", payload: { what: "a1" }, headers });
    await bed.publish({ id: "m-1", key: "a", payload: { what: "a1" }, headers });
    await bed.publish({ id: "m-2", key: "a", payload: { what: "a2" } });
    await quiet();
    expect(await inbox.queue.desk.stats()).toMatchObject({ pending: 2 });
    expect(bed.gates.arrived).toEqual([]);

    const worker = await startInboxWorker({ inbox, mediator: bed.mediator, logger: bed.logger });
    await quiet();
    // Those of a key one after another.
    expect(bed.gates.waiting).toEqual(["a1"]);
    await bed.gates.openAll();
    await worker.drain();
    await worker.close();
    expect(bed.gates.arrived).toEqual(["a1", "a2"]);
    expect(bed.contexts[0]?.metadata).toMatchObject({
      messageId: "m-1",
      correlationId: "c-1",
      headers: { tenant: "t-1" },
    });
  });

  it("acknowledges only what is stored: while the store fails, a message comes again (C1)", async () => {
    const { bed } = held;
    const inbox = new MemoryInbox({ registry });
    let failures = 2;
    const failing = {
      registry,
      add: async (...given: Parameters<typeof inbox.add>) => {
        if (failures-- > 0) throw new Error("no database");
        return inbox.add(...given);
      },
    };
    await store({ inbox: failing }).starting;
    await bed.publish({ payload: { what: "a1" } });
    await quiet();
    expect(await inbox.queue.desk.stats()).toMatchObject({ pending: 1 });
    expect(await bed.deadLetters()).toEqual([]);
  });

  it("makes dead letters at once of what cannot be read, and of what the inbox refuses (M2)", async () => {
    const { bed } = held;
    const { inbox, starting } = store();
    await starting;
    await bed.publish({ id: "m-1", name: "nobody knows it" });
    await bed.publish({ id: "m-2", key: "k".repeat(501), payload: { what: "a1" } });
    await bed.publish({ id: "m-3", payload: { what: "a2" } });
    await quiet();
    const reasons = (await bed.deadLetters()).map(({ message }) => message.headers["dead-letter-reason"]);
    expect(reasons).toEqual(["SLUICE_NOT_REGISTERED", "SLUICE_INBOX_REFUSED"]);
    expect(await inbox.queue.desk.stats()).toMatchObject({ pending: 1 });
  });

  it.each<[string, object]>([
    ["inbox", { inbox: {} }],
    ["broker", { broker: {} }],
    ["group", { group: "" }],
  ])("refuses a bad %s", async (option, given) => {
    const error = await rejection<InvalidOptionError>(store(given).starting);
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error.option).toBe(`storeIncoming ${option}`);
  });
});
