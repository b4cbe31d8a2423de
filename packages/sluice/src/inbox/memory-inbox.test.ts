import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bootstrap } from "../mediator/bootstrap.js";
import { RecordingLogger } from "../mediator/flow.fixture.js";
import { MessageRegistry } from "../messages/message-registry.js";
import { MemoryInbox } from "./memory-inbox.js";
import { type InboxWorker, startInboxWorker } from "./start-inbox-worker.js";

const day = 86_400_000;
let inbox: MemoryInbox;
let worker: InboxWorker | undefined;

beforeEach(() => {
  // Not setImmediate, with which a worker lets others have their turn, whatever the time.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  inbox = new MemoryInbox({ registry: new MessageRegistry() });
});

afterEach(async () => {
  await worker?.close();
  worker = undefined;
  vi.useRealTimers();
});

function accept(messageId: string): boolean {
  const tx = inbox.begin();
  const isNew = inbox.accept(messageId, tx, { consumer: "billing" });
  tx.commit();
  return isNew;
}

describe("a message that was accepted", () => {
  it("is known until a worker's retentionMs has passed, then its mark is gone (O6)", async () => {
    worker = await startInboxWorker({
      inbox,
      mediator: bootstrap({}),
      logger: new RecordingLogger(),
      reportMs: 3_600_000,
      pollMs: 3_600_000,
      leaseMs: 60 * day,
      retentionMs: 7 * day,
    });
    accept("m-1");
    await vi.advanceTimersByTimeAsync(6 * day);
    expect(accept("m-1")).toBe(false);
    accept("m-2");
    await vi.advanceTimersByTimeAsync(day + 3_600_000);
    expect(await inbox.queue.desk.countPurgeable(0)).toBe(1);
    expect([accept("m-1"), accept("m-2")]).toEqual([true, false]);
  });

  it("is not remembered for longer because it comes again (O6)", async () => {
    const [first, second] = [inbox.begin(), inbox.begin()];
    for (const tx of [first, second]) inbox.accept("m-1", tx, { consumer: "billing" });
    first.commit();
    await vi.advanceTimersByTimeAsync(1_000);
    second.commit();
    expect(await inbox.queue.desk.purge({ olderThanMs: 1_000, limit: 10 })).toBe(1);
  });
});
